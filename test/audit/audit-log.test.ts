import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordAuthEvent } from '../../server/audit/account-events.ts';
import { type AuditEntry, AuditLog } from '../../server/audit/audit-log.ts';
import { EmbeddedStore } from '../../server/store/embedded-store.ts';
import { childRevision } from '../../server/store/revisions.ts';

let folder: string;
let store: EmbeddedStore;
let log: AuditLog;
let nowMs: number;

const open = async () => {
  store = await EmbeddedStore.create({ folder });
  log = new AuditLog(await store.open('audit'), () => nowMs);
};

beforeEach(async () => {
  nowMs = Date.parse('2026-03-02T08:00:00.000Z');
  folder = await mkdtemp(path.join(tmpdir(), 'vitasync-audit-'));
  await open();
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

async function all(request: { limit: number; kind?: 'login' | 'logout'; userId?: string }): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  let before: string | undefined;
  do {
    const page = await log.list({ ...request, before });
    expect(page.items.length).toBeLessThanOrEqual(request.limit);
    found.push(...page.items);
    before = page.nextCursor;
  } while (before !== undefined);
  return found;
}

const logout = (n: number) => ({ kind: 'logout', userId: `u${n % 3}`, session: `s${n}` }) as const;
const sessions = (entries: readonly AuditEntry[]) => entries.map((entry) => ('session' in entry ? entry.session : ''));

describe('the audit log', () => {
  it('has entries when they were acknowledged, newest first, also where the clock stands still or goes back', async () => {
    for (let n = 0; n < 30; n++) {
      if (n === 20) nowMs -= 60_000;
      await log.record(logout(n));
    }
    await store.close();
    await open();
    const { items, nextCursor } = await log.list({ limit: 100 });
    expect(nextCursor).toBeUndefined();
    expect(sessions(items)).toEqual(Array.from({ length: 30 }, (_, n) => `s${29 - n}`));
    expect(items[29]).toEqual({
      kind: 'logout',
      userId: 'u0',
      session: 's0',
      at: '2026-03-02T08:00:00.000Z',
      auditId: expect.stringMatching(/^[0-9a-z]{26}$/),
    });
  });

  it('is read in pages that neither leave out nor repeat an entry, while others are added', async () => {
    for (let n = 0; n < 25; n++) await log.record(logout(n));
    const first = await log.list({ limit: 10 });
    await log.record(logout(25));
    const second = await log.list({ limit: 10, before: first.nextCursor });
    const third = await log.list({ limit: 10, before: second.nextCursor });
    expect(sessions([first, second, third].flatMap(({ items }) => items))).toEqual(
      Array.from({ length: 25 }, (_, n) => `s${24 - n}`),
    );
    expect(third.nextCursor).toBeUndefined();
  });

  it('finds entries by kind, and by the user whom they are about or who did it', async () => {
    for (let n = 0; n < 6; n++) await log.record(logout(n));
    await log.record({ kind: 'account_disabled', userId: 'u9', by: 'u1' });
    await log.record({ kind: 'erasure_begun', patientId: 'p1', by: 'u1' });
    expect((await log.list({ limit: 10, userId: 'u1' })).items.map(({ kind }) => kind)).toEqual([
      'erasure_begun',
      'account_disabled',
      'logout',
      'logout',
    ]);
    expect((await log.list({ limit: 10, userId: 'u9' })).items).toHaveLength(1);
    expect((await log.list({ limit: 10, userId: 'u1', kind: 'logout' })).items).toHaveLength(2);
    expect((await log.list({ limit: 10, userId: 'nobody' })).items).toEqual([]);
  });

  it('looks at a bounded number of entries for one page', async () => {
    const { auditId } = log.stamp();
    await log.record({ kind: 'login_refused' }, { auditId, at: new Date(nowMs).toISOString() });
    const entries = Array.from({ length: 10_500 }, (_, n) => {
      const stamp = log.stamp();
      return childRevision(undefined, `audit:${stamp.auditId}`, { ...logout(n), ...stamp });
    });
    // As `record` writes them, with one wait for the disk.
    await (await store.open('audit')).write(entries);
    const page = await log.list({ limit: 5, kind: 'login_refused' });
    expect(page.items).toEqual([]);
    expect(page.nextCursor).toBeDefined();
    const next = await log.list({ limit: 5, kind: 'login_refused', before: page.nextCursor });
    expect(next.items.map((entry) => entry.auditId)).toEqual([auditId]);
    expect(await all({ limit: 1_000, kind: 'logout' })).toHaveLength(entries.length);
  });

  it('makes one entry of two records with one stamp', async () => {
    const stamp = log.stamp();
    nowMs += 5_000;
    for (let time = 0; time < 2; time++) await log.record(logout(1), stamp);
    expect((await log.list({ limit: 10 })).items).toEqual([{ ...logout(1), ...stamp }]);
  });

  it('serves as the hook for what happens to accounts and sessions', async () => {
    const record: RecordAuthEvent = log.record;
    await record({ kind: 'password_changed', userId: 'u1' });
    expect((await log.list({ limit: 1 })).items).toMatchObject([{ kind: 'password_changed', userId: 'u1' }]);
  });
});
