/** Decisions on held writes, where several servers decide at once, and where one stops half-way. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HeldEntry, HeldWrites } from '../../server/documents/held-writes.ts';
import { EmbeddedStore } from '../../server/store/embedded-store.ts';
import { stoppingStore } from '../support/stopping-store.ts';

let folder: string;
let store: EmbeddedStore;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vitasync-held-'));
  store = await EmbeddedStore.create({ folder, syncWrites: false });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const at = new Date().toISOString();
const hold = async (held: HeldWrites, name: string): Promise<HeldEntry> => {
  const by = { userId: 'u1', role: 'nurse', clinicId: 'north' } as const;
  const write = { documentId: name, rev: '1-a', parent: null, deleted: false, body: {}, message: '' };
  await held.keep([{ ...write, code: 'not_author', by, heldAt: at }]);
  const entry = await held.ofRevision(name, '1-a', 'u1');
  if (!entry) throw new Error('it is held');
  return entry;
};

describe('of decisions on a held write', () => {
  it('one stands, however many servers decide at once, and its note with it', async () => {
    const servers = await Promise.all([1, 2, 3].map(async () => new HeldWrites(await store.open('held'))));
    for (let round = 0; round < 20; round++) {
      const [first] = servers;
      if (!first) throw new Error('there are servers');
      const entry = await hold(first, `doc${round}`);
      const stand = await Promise.all(
        servers.map((held, n) => held.decide(entry, { outcome: 'rejected', by: `u${n}`, at, note: `by ${n}` })),
      );
      expect(stand.filter(Boolean)).toHaveLength(1);
      const by = stand.indexOf(true);
      expect((await first.get(entry.id))?.decision).toMatchObject({ by: `u${by}`, note: `by ${by}` });
      expect((await first.page({ state: 'open', limit: 10 })).items).toEqual([]);
    }
  });

  it('one that a server stopped in the middle of is no longer open for whoever lists next', async () => {
    const entry = await hold(new HeldWrites(await store.open('stopped')), 'doc');
    // Its summary and its mark are written again, which changes nothing, then the decision; the mark stays.
    const stopping = stoppingStore(store, 2);
    const decision = { outcome: 'rejected', by: 'u2', at } as const;
    await expect(new HeldWrites(await stopping.open('stopped')).decide(entry, decision)).rejects.toThrow('stopped');
    const database = await store.open('stopped');
    const marks = async () => await database.range({ startKey: 'open:', endKey: 'open:\ufff0', limit: 10 });
    expect(await marks()).toHaveLength(1);
    const next = new HeldWrites(database);
    expect((await next.get(entry.id))?.decision).toEqual(decision);
    expect((await next.page({ state: 'open', limit: 10 })).items).toEqual([]);
    expect(await marks()).toEqual([]);
  });
});
