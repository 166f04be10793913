/** Two pharmacists fill one prescription on tablets that do not know of each other. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../server/config.ts';
import { buildCore, type Core, prepareCore } from '../../../server/documents/core.ts';
import { Lifecycle } from '../../../server/lib/lifecycle.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { childRevision, winnerOf } from '../../../server/store/revisions.ts';
import type { StoredRevision } from '../../../server/store/store.ts';
import { clinicDocId } from '../../../shared-schemas/ids.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { createEnvironment, type TestEnvironment } from '../../support/environment.ts';
import { authored, newDocument, newPatient } from '../../support/network.ts';

const doctor = { userId: 'udoctor', role: 'doctor', clinicId: 'north', deviceId: 'd1' } as const satisfies Principal;
const pharmacists = ['uone', 'utwo'].map((userId) => ({ userId, role: 'pharmacist', clinicId: 'north' }) as const);
const [one, two] = pharmacists as [(typeof pharmacists)[number], (typeof pharmacists)[number]];

let environment: TestEnvironment;
let core: Core;
let lifecycle: Lifecycle;
let prescription: StoredRevision;

beforeEach(async () => {
  environment = await createEnvironment();
  const logger = createLogger({ level: 'silent', pretty: false });
  lifecycle = new Lifecycle(logger);
  core = await buildCore({ config: loadConfig(environment.env), logger, lifecycle });
  await prepareCore(core);
  await core.writePath.putTrusted([
    { id: clinicDocId('north'), body: { type: 'clinic', slug: 'north', name: 'North', ...authored(doctor) } },
  ]);
  const patient = newPatient(doctor);
  const [first, second] = [patient, newDocument('prescription', patient, doctor)].map(({ _id, ...body }) =>
    childRevision(undefined, _id, body),
  ) as [StoredRevision, StoredRevision];
  await core.writePath.push(doctor, [first, second]);
  prescription = second;
});

afterEach(async () => {
  await lifecycle.stop({ deadlineMs: 10_000 });
  await environment.remove();
});

function filled(by: Principal, parent = prescription, more: Record<string, unknown> = {}): StoredRevision {
  const at = new Date().toISOString();
  // A tablet of a pharmacist does not have these.
  const { notes: _, reason: __, ...seen } = parent.body;
  const fill = { status: 'filled', filledBy: by.userId, filledAt: at, updatedAt: at, updatedBy: by.userId };
  return childRevision(parent, parent.id, { ...seen, ...fill, ...more });
}
const push = async (by: Principal, row: StoredRevision) => {
  const [outcome] = await core.writePath.push(by, [row]);
  return outcome?.outcome === 'refused' ? outcome.refusal.code : outcome?.outcome;
};
const stored = async () => winnerOf((await core.primary.leaves([prescription.id])).get(prescription.id) ?? []);

describe('a prescription that was filled twice', () => {
  it('stays as the first to arrive filled it, and the other fill is held', async () => {
    const [first, second] = [filled(one), filled(two)];
    expect(await push(one, first)).toBe('stored');
    expect(await push(two, second)).toBe('filled_twice');
    expect(await stored()).toMatchObject({ rev: first.rev, body: { filledBy: 'uone' } });
    expect(await core.held.list(10)).toMatchObject([{ code: 'filled_twice', rev: second.rev, by: { userId: 'utwo' } }]);
  });

  it('is held too where both fills come in one push', async () => {
    const outcomes = await core.writePath.push(one, [
      filled(one),
      filled(one, prescription, { filledAt: '2026-01-01T00:00:00.000Z' }),
    ]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['stored', 'refused']);
  });

  it('is none where who fills it again knew of the first fill and took it back', async () => {
    const first = filled(one);
    await push(one, first);
    const { filledBy: _, filledAt: __, ...open } = first.body;
    const now = new Date().toISOString();
    const unfilled = childRevision(first, first.id, { ...open, status: 'pending', updatedAt: now, updatedBy: 'utwo' });
    expect(await push(two, unfilled)).toBe('stored');
    expect(await push(two, filled(two, unfilled))).toBe('stored');
  });

  it('comes first in the list of held writes, in either order, over pages', async () => {
    const refused = () => childRevision(prescription, prescription.id, { ...filled(one).body, filledBy: 'someone' });
    await push(one, refused());
    await push(one, filled(one));
    await push(two, filled(two));
    await push(two, childRevision(prescription, prescription.id, { ...filled(two).body, updatedBy: 'someone' }));
    for (const order of ['newest', 'oldest'] as const) {
      const codes: string[] = [];
      for (let before: string | undefined; ; ) {
        const page = await core.held.page({ state: 'open', limit: 1, order, before });
        codes.push(...page.items.map(({ code }) => code));
        before = page.nextCursor;
        if (before === undefined) break;
      }
      expect(codes, order).toEqual(['filled_twice', 'wrong_author', 'wrong_author']);
    }
    const [urgent] = (await core.held.page({ state: 'open', limit: 1 })).items;
    const entry = await core.held.get(urgent?.id ?? '');
    expect(
      entry && (await core.held.decide(entry, { outcome: 'rejected', by: 'uadmin', at: '2026-01-01T00:00:00.000Z' })),
    ).toBe(true);
    expect((await core.held.page({ state: 'open', limit: 5 })).items.map(({ code }) => code)).not.toContain(
      'filled_twice',
    );
  });
});
