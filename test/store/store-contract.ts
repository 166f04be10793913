/** What every implementation of the store must do; the guarantees are those of server/store/store.ts. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childRevision } from '../../server/store/revisions.ts';
import type { Database, RangeRequest, RangeRow, Replaced, Store, StoredRevision } from '../../server/store/store.ts';
import { waitFor } from '../support/wait-for.ts';

const PARTITION = 'p01arz3ndektsv4rrffq69g5fav';
const first = (id: string, body: Record<string, unknown> = {}) => childRevision(undefined, id, body);
const idOf = (n: number) => `${PARTITION}:vital:${String(n).padStart(26, '0')}`;

const at = <T>(both: readonly [T, T], n: number): T => both[n % 2 === 0 ? 0 : 1];

function revOf(replaced: Replaced): string {
  if (!replaced.won) throw new Error('it was not replaced');
  return replaced.rev;
}

/** Answers the revision that won, and is the only one that is left. */
async function expectOneWinner(db: Database, id: string, results: readonly Replaced[]): Promise<string> {
  const won = results.filter((result) => result.won).map(revOf);
  expect(won).toHaveLength(1);
  const leaves = (await db.leaves([id])).get(id) ?? [];
  const live = leaves.filter(({ deleted }) => !deleted);
  expect((live.length > 0 ? live : leaves).map(({ rev }) => rev)).toEqual(won);
  return won[0] ?? '';
}

async function pagesOf(walk: AsyncIterable<readonly RangeRow[]>): Promise<string[][]> {
  const pages: string[][] = [];
  for await (const rows of walk) pages.push(rows.map(({ id }) => id));
  return pages;
}

export interface StoreUnderTest {
  readonly store: Store;
  /** What another server has of it; the same where servers do not share the store. */
  readonly elsewhere: Store;
  /** Keeps this run's databases apart from everything else on a shared store. */
  readonly prefix: string;
  readonly remove: () => Promise<void>;
}

export function describeStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let store: Store;
    let elsewhere: Store;
    let prefix: string;
    let remove: () => Promise<void>;
    let made = 0;
    const fresh = (partitioned = false) => store.open(`${prefix}-db${made++}`, { partitioned });

    beforeAll(async () => {
      ({ store, elsewhere, prefix, remove } = await open());
    });
    afterAll(async () => {
      await remove();
      await store.close();
      await elsewhere.close();
    });
    /** A database as two servers have it. */
    const shared = async () => {
      const db = await fresh();
      return [db, await elsewhere.open(db.name)] as const;
    };

    it('stores revisions under their own ids, and a second time changes nothing', async () => {
      const db = await fresh(true);
      const one = first(idOf(1), { a: 1 });
      await db.write([one]);
      const { updateSeq } = await db.info();
      await db.write([{ ...one, body: { a: 'another body' } }]);
      expect((await db.leaves([one.id])).get(one.id)).toEqual([one]);
      expect((await db.changes({ since: updateSeq, limit: 10 })).results).toEqual([]);
    });

    it('answers leaves with the winner first: live before deleted, longer before shorter, greater before smaller', async () => {
      const db = await fresh();
      const root = first('doc');
      const shorter = childRevision(root, 'doc', { side: 'shorter' });
      const longer = childRevision(childRevision(root, 'doc', { side: 'longer' }), 'doc', { side: 'longer still' });
      const gone = childRevision(
        childRevision(childRevision(root, 'doc', {}), 'doc', {}),
        'doc',
        { kept: true },
        { deleted: true },
      );
      await db.write([root, shorter, gone, longer]);
      const leaves = (await db.leaves(['doc', 'unknown'])).get('doc') ?? [];
      expect(leaves[0]?.rev).toBe(longer.rev);
      expect(leaves.map(({ rev }) => rev).sort()).toEqual([shorter.rev, gone.rev, longer.rev].sort());
      expect(leaves[0]?.ancestry).toEqual(longer.ancestry);
      expect(leaves.find(({ deleted }) => deleted)?.body).toEqual({ kept: true });
      expect((await db.leaves(['unknown'])).get('unknown')).toEqual([]);
    });

    it('reads single revisions, and answers undefined for those it has no body of', async () => {
      const db = await fresh();
      const root = first('doc', { n: 1 });
      const next = childRevision(root, 'doc', { n: 2 });
      await db.write([root]);
      await db.write([next]);
      const [old, leaf, unknown, nowhere] = await db.revisions([
        { id: 'doc', rev: root.rev },
        { id: 'doc', rev: next.rev },
        { id: 'doc', rev: '7-ffffffffffffffffffffffffffffffff' },
        { id: 'no such document', rev: root.rev },
      ]);
      expect(old?.body).toEqual({ n: 1 });
      expect(leaf?.body).toEqual({ n: 2 });
      expect([unknown, nowhere]).toEqual([undefined, undefined]);
    });

    it('counts a revision that it knows only as an ancestor as known', async () => {
      const db = await fresh();
      const grandchild = childRevision(childRevision(first('doc'), 'doc', { n: 2 }), 'doc', { n: 3 });
      await db.write([grandchild]);
      const asked = new Map([
        ['doc', [...grandchild.ancestry, '9-00000000000000000000000000000000']],
        ['other', ['1-aa']],
      ]);
      expect(Object.fromEntries(await db.missing(asked))).toEqual({
        doc: ['9-00000000000000000000000000000000'],
        other: ['1-aa'],
      });
    });

    it('tells which documents it has, deleted ones included', async () => {
      const db = await fresh();
      const live = first('live');
      await db.write([live, childRevision(first('gone'), 'gone', {}, { deleted: true })]);
      expect([...(await db.known(['live', 'gone', 'never']))].sort()).toEqual(['gone', 'live']);
    });

    it('pages through changes by opaque sequences, each document once, at its latest', async () => {
      const db = await fresh();
      await db.write(Array.from({ length: 25 }, (_, n) => first(`doc${n}`)));
      const again = (await db.leaves(['doc3'])).get('doc3')?.[0];
      await db.write([childRevision(again, 'doc3', { edited: true })]);
      const seen: string[] = [];
      let since = '0';
      for (
        let page = await db.changes({ since, limit: 10 });
        page.results.length > 0;
        page = await db.changes({ since, limit: 10 })
      ) {
        expect(page.lastSeq).toMatch(/^[\w-]+$/);
        seen.push(...page.results.map(({ id }) => id));
        since = page.lastSeq;
      }
      expect(seen).toHaveLength(25);
      expect(new Set(seen).size).toBe(25);
      expect((await db.changes({ since: 'now', limit: 10 })).results).toEqual([]);
    });

    it('says how many changes are left', async () => {
      const db = await fresh();
      await db.write(Array.from({ length: 25 }, (_, n) => first(`doc${n}`)));
      expect((await db.changes({ since: '0', limit: 10 })).pending).toBe(15);
      expect((await db.changes({ since: '0', limit: 25 })).pending).toBe(0);
    });

    it('starts over for a sequence of another life of the database, and for one that is none', async () => {
      const db = await fresh();
      await db.write([first('a'), first('b')]);
      const { updateSeq } = await db.info();
      await store.destroy(db.name);
      const reborn = await store.open(db.name);
      await reborn.write([first('c'), first('d')]);
      expect((await reborn.changes({ since: updateSeq, limit: 10 })).results.map(({ id }) => id).sort()).toEqual([
        'c',
        'd',
      ]);
      expect((await reborn.changes({ since: 'not a sequence', limit: 10 })).results).toHaveLength(2);
    });

    it('starts over for a sequence of another database', async () => {
      const [one, other] = [await fresh(), await fresh()];
      await one.write(Array.from({ length: 10 }, (_, n) => first(`one${n}`)));
      await other.write(Array.from({ length: 12 }, (_, n) => first(`other${n}`)));
      const { lastSeq } = await one.changes({ since: '0', limit: 100 });
      expect((await other.changes({ since: lastSeq, limit: 100 })).results).toHaveLength(12);
    });

    it('replaces the revision that is named, or creates, and tells of it', async () => {
      const db = await fresh();
      let told = 0;
      const unsubscribe = store.onUpdate((updated) => {
        if (updated === db.name) told++;
      });
      const created = revOf(await db.replace('doc', undefined, { n: 1 }));
      expect(created).toMatch(/^1-/);
      expect(await db.replace('doc', undefined, { n: 2 })).toEqual({ won: false });
      const replaced = revOf(await db.replace('doc', created, { n: 2 }));
      expect(await db.replace('doc', created, { n: 3 })).toEqual({ won: false });
      expect(await db.replace('doc', '7-ffffffffffffffffffffffffffffffff', { n: 3 })).toEqual({ won: false });
      expect((await db.leaves(['doc'])).get('doc')).toEqual([
        { id: 'doc', rev: replaced, ancestry: [replaced, created], deleted: false, body: { n: 2 } },
      ]);
      await waitFor(() => told >= 2, { what: 'news of both writes' });
      unsubscribe();
    });

    it('replaces by a deletion, and creates again after one', async () => {
      const db = await fresh();
      const created = revOf(await db.replace('doc', undefined, { n: 1 }));
      const gone = revOf(await db.replace('doc', created, 'deleted'));
      expect(gone).toMatch(/^2-/);
      expect(await db.winners(['doc'])).toEqual([undefined]);
      expect(await db.replace('doc', created, { n: 2 })).toEqual({ won: false });
      const again = revOf(await db.replace('doc', undefined, { n: 3 }));
      expect((await db.leaves(['doc'])).get('doc')?.[0]).toMatchObject({ rev: again, body: { n: 3 } });
    });

    it('replaces the winner of several leaves', async () => {
      const db = await fresh();
      const root = first('doc');
      await db.write([root, childRevision(root, 'doc', { side: 1 }), childRevision(root, 'doc', { side: 2 })]);
      const [winner] = await db.winners(['doc']);
      const next = revOf(await db.replace('doc', winner?.rev, { side: 3 }));
      expect(await db.winners(['doc'])).toEqual([{ id: 'doc', rev: next, body: { side: 3 } }]);
    });

    it('lets one of many win who create a document at once, on two servers', async () => {
      const both = await shared();
      for (let round = 0; round < 10; round++) {
        const results = await Promise.all(
          Array.from({ length: 50 }, (_, n) => at(both, n).replace(`doc${round}`, undefined, { n })),
        );
        await expectOneWinner(both[0], `doc${round}`, results);
      }
    });

    it('lets one of many win who replace a revision at once, on two servers', async () => {
      const both = await shared();
      let base = revOf(await both[0].replace('doc', undefined, { n: -1 }));
      for (let round = 0; round < 10; round++) {
        const results = await Promise.all(
          Array.from({ length: 50 }, (_, n) => at(both, n).replace('doc', base, n === 7 ? 'deleted' : { round, n })),
        );
        const rev = await expectOneWinner(both[0], 'doc', results);
        const deleted = (await both[0].winners(['doc']))[0] === undefined;
        base = deleted ? revOf(await both[0].replace('doc', undefined, { n: -1 })) : rev;
      }
    });

    it('loses no count that many keep at once, on two servers', async () => {
      const both = await shared();
      const count = async (db: Database) => {
        for (;;) {
          const [found] = await db.winners(['count']);
          const body = { count: Number(found?.body.count ?? 0) + 1, by: randomBytes(8).toString('hex') };
          if ((await db.replace('count', found?.rev, body)).won) return;
        }
      };
      await Promise.all(Array.from({ length: 40 }, (_, n) => count(at(both, n))));
      expect((await both[1].winners(['count']))[0]?.body.count).toBe(40);
    });

    it('answers ranges of live winners in the order of ids', async () => {
      const db = await fresh(true);
      const revisions = [3, 1, 2, 5, 4].map((n) => first(idOf(n), { n }));
      await db.write(revisions);
      await db.write([childRevision(revisions[0], idOf(3), {}, { deleted: true })]);
      const rows = await db.range({ startKey: idOf(2), endKey: idOf(9), limit: 2 });
      expect(rows.map(({ body }) => body.n)).toEqual([2, 4]);
      expect((await db.range({ limit: 10, descending: true })).map(({ body }) => body.n)).toEqual([5, 4, 2, 1]);
    });

    it('answers ranges of the ids that begin alike, from behind one that is there or not, in either order', async () => {
      const db = await fresh();
      const ids = ['a', 'b', 'b:', 'b:1', 'b:2', 'b:2:x', 'b:é', 'b:\uffef', 'b:✓', 'b:💊', 'b;', 'ba', 'c'];
      await db.write(ids.map((id) => first(id)));
      const idsOf = async (request: Omit<RangeRequest, 'limit'>, limit = 100) =>
        (await db.range({ ...request, limit })).map(({ id }) => id);
      const alike = ['b:', 'b:1', 'b:2', 'b:2:x', 'b:é', 'b:✓', 'b:\uffef', 'b:💊'];
      expect(await idsOf({ prefix: 'b:' })).toEqual(alike);
      expect(await idsOf({ prefix: 'b:', descending: true })).toEqual(alike.toReversed());
      expect(await idsOf({ prefix: 'b:', after: 'b:1' }, 2)).toEqual(['b:2', 'b:2:x']);
      expect(await idsOf({ prefix: 'b:', after: 'b:11' }, 2)).toEqual(['b:2', 'b:2:x']);
      expect(await idsOf({ prefix: 'b:', after: 'b:2', descending: true })).toEqual(['b:1', 'b:']);
      expect(await idsOf({ prefix: 'b:', after: 'b:11', descending: true }, 1)).toEqual(['b:1']);
      expect(await idsOf({ startKey: 'b;', endKey: 'c', after: 'b;', inclusiveEnd: false })).toEqual(['ba']);
      expect(await idsOf({ prefix: 'none:' })).toEqual([]);
    });

    it('walks a range to its end, each document once, whatever the size of a page', async () => {
      const db = await fresh(true);
      const ids = Array.from({ length: 23 }, (_, n) => idOf(n));
      await db.write([...ids.map((id) => first(id)), first('zz:clinic:north')]);
      for (const pageSize of [1, 7, 22, 23, 24, undefined]) {
        const pages = await pagesOf(db.walk({ prefix: `${PARTITION}:`, ...(pageSize && { pageSize }) }));
        expect(pages.flat(), `pages of ${pageSize}`).toEqual(ids);
        if (pageSize)
          expect(pages.map(({ length }) => length)).toEqual(pages.map((_, n) => Math.min(pageSize, 23 - n * pageSize)));
      }
      const down = await pagesOf(db.walk({ prefix: `${PARTITION}:`, descending: true, after: idOf(20), pageSize: 6 }));
      expect(down.flat()).toEqual(ids.slice(0, 20).toReversed());
      expect((await pagesOf(db.walk({ startKey: idOf(3), endKey: idOf(9), skip: 2, pageSize: 2 }))).flat()).toEqual(
        ids.slice(5, 10),
      );
      expect((await pagesOf(db.walk({ pageSize: 10 }))).flat()).toHaveLength(24);
      expect(await pagesOf(db.walk({ prefix: 'nobody:' }))).toEqual([]);
    });

    it('walks past what is removed and written between two pages, and passes over nothing else', async () => {
      const db = await fresh(true);
      const revisions = Array.from({ length: 12 }, (_, n) => first(idOf(2 * n)));
      await db.write(revisions);
      const seen: string[] = [];
      for await (const rows of db.walk({ prefix: `${PARTITION}:`, pageSize: 4 })) {
        seen.push(...rows.map(({ id }) => id));
        // The last of the page, its neighbour before and the next one; one is written before it, and one is edited.
        const at = revisions.findIndex(({ id }) => id === seen.at(-1));
        const gone = [revisions[at], revisions[at - 1], revisions[at + 1]].filter((revision) => revision !== undefined);
        await db.write(gone.map((revision) => childRevision(revision, revision.id, {}, { deleted: true })));
        await db.write([first(idOf(2 * at - 1)), childRevision(revisions[0], idOf(0), { edited: at })]);
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 10, 11].map((n) => idOf(2 * n)));
    });

    it('answers winners in the order asked, and undefined for a deletion and for what it does not have', async () => {
      const db = await fresh();
      const root = first('a', { n: 1 });
      const edited = childRevision(root, 'a', { n: 2 });
      await db.write([
        root,
        first('b', { n: 3 }),
        childRevision(first('gone'), 'gone', { kept: 1 }, { deleted: true }),
      ]);
      await db.write([edited, childRevision(root, 'a', {}, { deleted: true })]);
      const found = await db.winners(['gone', 'b', 'never', 'a', 'b']);
      const b = { id: 'b', rev: first('b', { n: 3 }).rev, body: { n: 3 } };
      expect(found).toEqual([undefined, b, undefined, { id: 'a', rev: edited.rev, body: { n: 2 } }, b]);
      expect(await db.winners([])).toEqual([]);
    });

    it('forgets the bodies of revisions that are no leaves, and leaves the revision tree and all leaves as they are', async () => {
      const db = await fresh();
      const root = first('doc', { n: 1 });
      const middle = childRevision(root, 'doc', { n: 2 });
      const live = childRevision(middle, 'doc', { n: 3 });
      const side = childRevision(root, 'doc', { side: 1 });
      const ended = childRevision(side, 'doc', { kept: true }, { deleted: true });
      const removed = first('gone', { n: 1 });
      const gone = childRevision(removed, 'gone', { why: 'erased' }, { deleted: true });
      await db.write([root, removed, first('other', { n: 1 })]);
      for (const revision of [middle, side, live, ended, gone]) await db.write([revision]);
      const { updateSeq } = await db.info();
      const old = [root, middle, side, removed];
      expect((await db.revisions(old)).map((revision) => revision?.body)).toEqual(old.map(({ body }) => body));
      const before = await db.leaves(['doc', 'gone', 'other']);

      // Twice: a process that stopped in between does it again. An unknown document is passed over.
      for (let time = 0; time < 2; time++) await db.forgetOldBodies(['doc', 'gone', 'never']);
      expect(await db.revisions(old)).toEqual(old.map(() => undefined));
      expect(await db.leaves(['doc', 'gone', 'other'])).toEqual(before);
      expect((await db.missing(new Map([['doc', live.ancestry]]))).size).toBe(0);
      expect((await db.changes({ since: updateSeq, limit: 10 })).results).toEqual([]);
      expect((await db.changes({ since: '0', limit: 10 })).results.map(({ id }) => id).sort()).toEqual([
        'doc',
        'gone',
        'other',
      ]);
      const next = childRevision(live, 'doc', { n: 4 });
      await db.write([next]);
      expect((await db.leaves(['doc'])).get('doc')?.[0]).toEqual(next);
      await db.forgetOldBodies([]);
    });

    it('goes on reading and writing while it forgets', async () => {
      const db = await fresh();
      const roots = Array.from({ length: 200 }, (_, n) => first(`doc${n}`, { text: `${n}`.repeat(500) }));
      await db.write(roots);
      await db.write(roots.map((root) => childRevision(root, root.id, {}, { deleted: true })));
      let over = false;
      const forgetting = db.forgetOldBodies(roots.map(({ id }) => id)).finally(() => {
        over = true;
      });
      let written = 0;
      while (!over) {
        await db.write([first(`new${written++}`, { text: 'x'.repeat(500) })]);
        expect((await db.changes({ since: '0', limit: 1_000 })).results).toHaveLength(roots.length + written);
        expect(await db.range({ prefix: 'new', limit: 10_000 })).toHaveLength(written);
      }
      await forgetting;
      expect(written).toBeGreaterThan(0);
      expect((await db.revisions(roots)).filter(Boolean)).toEqual([]);
    });

    it('keeps local documents out of everything else', async () => {
      const db = await fresh();
      const id = 'checkpoint.of=a~device';
      expect(await db.getLocal(id)).toBeUndefined();
      await db.putLocal(id, { seq: '1' });
      await db.putLocal(id, { seq: '2' });
      expect((await db.getLocal(id))?.seq).toBe('2');
      expect((await db.changes({ since: '0', limit: 10 })).results).toEqual([]);
      await db.removeLocal(id);
      await db.removeLocal(id);
      expect(await db.getLocal(id)).toBeUndefined();
    });

    it('tells of an update after it can be read', async () => {
      const db = await fresh();
      const seen: number[] = [];
      const unsubscribe = store.onUpdate((updated) => {
        if (updated === db.name) void db.info().then(({ docCount }) => seen.push(docCount));
      });
      await db.write([first('doc')]);
      await waitFor(() => seen.includes(1), { what: 'news of the write' });
      unsubscribe();
    });

    it('takes ids and bodies of every kind', async () => {
      const db = await fresh();
      const ids = ['with space', 'ünïcödé ✓', 'a/b', '%2F', 'constructor', 'proto__', 'x'.repeat(300), 'quo\'te"s'];
      const revisions: StoredRevision[] = ids.map((id) =>
        first(id, { text: 'ünïcödé ✓', nested: { list: [1, null, { a: true }] } }),
      );
      await db.write(revisions);
      const leaves = await db.leaves(ids);
      for (const revision of revisions) expect(leaves.get(revision.id)).toEqual([revision]);
    });

    it('lists and destroys databases', async () => {
      const db = await fresh();
      await db.write([first('doc')]);
      expect(await store.list()).toContain(db.name);
      await store.destroy(db.name);
      await store.destroy(db.name);
      expect(await store.list()).not.toContain(db.name);
      const again: Database = await store.open(db.name);
      expect((await again.info()).docCount).toBe(0);
    });

    it('says how much room a database takes, of one that is not there as well', async () => {
      const db = await fresh();
      const before = await store.sizeBytes(db.name);
      const filler = Array.from({ length: 50 }, (_, n) =>
        first(`doc${n}`, { text: randomBytes(2_000).toString('hex') }),
      );
      await db.write(filler);
      await waitFor(async () => (await store.sizeBytes(db.name)) > before + 100_000, { what: 'the size growing' });
      expect(await store.sizeBytes(`${prefix}-nowhere`)).toBe(0);
    });

    it('tells of itself: what it is, and how many databases there are', async () => {
      await fresh();
      const status = await store.status();
      expect(status.kind).toBe(store.kind);
      const { databases } = status;
      if ('problem' in databases) throw new Error(databases.problem);
      // Others may make databases on a shared one meanwhile.
      if (store.shared) expect(databases.value).toBeGreaterThan(0);
      else expect(databases.value).toBe((await store.list()).length);
      expect(Date.parse(databases.readAt)).toBeGreaterThan(Date.now() - 60_000);
      expect(JSON.stringify(status)).not.toContain('secret');
      if (status.kind === 'embedded') {
        expect(status).toMatchObject({ engine: 'LevelDB', bytes: { value: expect.any(Number) } });
        expect(status.openDatabases).toBeGreaterThan(0);
        expect(status.openDatabases).toBeLessThanOrEqual(databases.value);
      } else {
        expect(status.version).toMatchObject({ value: expect.stringMatching(/^3\./) });
        expect(status.nodes).toMatchObject({ value: { connected: [expect.any(String)] } });
        expect(status.tasks).toMatchObject({ value: expect.any(Array) });
      }
    });

    it('takes many writers of one document at once without losing a revision', async () => {
      const db = await fresh();
      const root = first('doc');
      await db.write([root]);
      const children = Array.from({ length: 20 }, (_, n) => childRevision(root, 'doc', { n }));
      await Promise.all(children.map((child) => db.write([child])));
      const leaves = (await db.leaves(['doc'])).get('doc') ?? [];
      expect(leaves.map(({ rev }) => rev).sort()).toEqual(children.map(({ rev }) => rev).sort());
    });
  });
}
