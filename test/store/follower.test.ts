/** What is read of a database and then followed: both stores, two servers on one store, and a store that goes away. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CouchStore } from '../../server/store/couchdb-store.ts';
import { DocumentTable } from '../../server/store/document-table.ts';
import { EmbeddedStore } from '../../server/store/embedded-store.ts';
import { FollowedMap } from '../../server/store/followed-map.ts';
import { Follower } from '../../server/store/follower.ts';
import { childRevision } from '../../server/store/revisions.ts';
import type { Database, Store } from '../../server/store/store.ts';
import { COUCHDB_URL } from '../support/environment.ts';
import { createRandom } from '../support/random.ts';
import { startServerWithOutage } from '../support/store-outage.ts';
import { waitFor } from '../support/wait-for.ts';

interface Item {
  readonly n: number;
}

const quiet = { info: () => {}, error: () => {} };

/** Something that waits until it is let go on. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** What two servers have of one store: on the embedded one, which a single process has, it is the same object. */
interface TwoServers {
  readonly stores: readonly [Store, Store];
  readonly prefix: string;
  remove(): Promise<void>;
}

async function embedded(): Promise<TwoServers> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vitasync-follower-'));
  const store = await EmbeddedStore.create({ folder, syncWrites: false });
  const remove = async () => {
    await store.close();
    await rm(folder, { recursive: true });
  };
  return { stores: [store, store], prefix: 'followed', remove };
}

async function onCouchdb(url: string): Promise<TwoServers> {
  const stores = [await CouchStore.create(new URL(url)), await CouchStore.create(new URL(url))] as const;
  const prefix = `followed${randomBytes(4).toString('hex')}`;
  const remove = async () => {
    for (const name of await stores[0].list()) if (name.startsWith(prefix)) await stores[0].destroy(name);
    await Promise.all(stores.map((store) => store.close()));
  };
  return { stores, prefix, remove };
}

const couchdbUrl = COUCHDB_URL;
describe.each([
  { name: 'the embedded store', open: embedded },
  ...(couchdbUrl ? [{ name: 'CouchDB', open: () => onCouchdb(couchdbUrl) }] : []),
])('on $name', ({ open }) => {
  let here: Store;
  let there: Store;
  let opened: TwoServers;
  let made = 0;
  const closing: (() => Promise<void>)[] = [];

  /** One database, as two servers have it. */
  const fresh = async (): Promise<[Database, Database]> => {
    const name = `${opened.prefix}-db${made++}`;
    return [await here.open(name), await there.open(name)];
  };
  const closeLater = <T extends { close(): Promise<void> }>(one: T): T => {
    closing.push(() => one.close());
    return one;
  };
  const write = (database: Database, id: string) => database.write([childRevision(undefined, id, {})]);

  beforeAll(async () => {
    opened = await open();
    [here, there] = opened.stores;
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  afterAll(() => opened.remove());

  describe('a follower', () => {
    it('tells of what changes while it reads all, and afterwards of what any server changes', async () => {
      const [database, other] = await fresh();
      await write(database, 'before');
      const told: string[] = [];
      const reading = gate();
      const written = gate();
      const begun = Follower.open({
        store: here,
        database,
        logger: quiet,
        readAll: async () => {
          reading.open();
          await written.opened;
        },
        onChanges: async (changes) => void told.push(...changes.map(({ id }) => id)),
      });
      await reading.opened;
      await write(other, 'meanwhile');
      expect(told).toEqual([]);
      written.open();
      closeLater(await begun);
      await waitFor(() => told.includes('meanwhile'), { what: 'what changed while it read' });
      await write(other, 'afterwards');
      await waitFor(() => told.includes('afterwards'), { what: 'what changed afterwards' });
      expect(told).not.toContain('before');
    });

    it('tells only of what changes from now on where it need not read all', async () => {
      const [database] = await fresh();
      await write(database, 'before');
      const told: string[] = [];
      let notices = 0;
      closeLater(
        await Follower.open({
          store: here,
          database,
          logger: quiet,
          onChanges: async (changes) => void told.push(...changes.map(({ id }) => id)),
          onNotice: () => notices++,
        }),
      );
      await write(database, 'after');
      await waitFor(() => told.length > 0, { what: 'the change' });
      expect(told).toEqual(['after']);
      expect(notices).toBeGreaterThan(0);
    });

    it('follows nothing where the first reading fails and is waited for; else it reads again until it succeeds', async () => {
      const [database] = await fresh();
      let readings = 0;
      const told: string[] = [];
      const options = {
        store: here,
        database,
        logger: quiet,
        readAll: async () => {
          if (++readings < 3) throw new Error('not now');
        },
        onChanges: async (changes: readonly { readonly id: string }[]) =>
          void told.push(...changes.map(({ id }) => id)),
      };
      await expect(Follower.open(options)).rejects.toThrow('not now');
      await write(database, 'unheard');
      expect(readings).toBe(1);
      closeLater(Follower.start(options));
      await waitFor(() => readings === 3, { what: 'the reading that succeeds' });
      await write(database, 'heard');
      await waitFor(() => told.includes('heard'), { what: 'the change' });
      expect(told).not.toContain('unheard');
      expect(readings).toBe(3);
    });

    it('tells of the same changes again where that failed, in their order, and never of two pages at once', async () => {
      const [database, other] = await fresh();
      const calls: string[][] = [];
      let atWork = 0;
      let most = 0;
      closeLater(
        await Follower.open({
          store: here,
          database,
          logger: quiet,
          onChanges: async (changes) => {
            most = Math.max(most, ++atWork);
            await new Promise((resolve) => setImmediate(resolve));
            atWork--;
            if (changes.length > 0) calls.push(changes.map(({ id }) => id));
            if (calls.length === 1) throw new Error('not now');
          },
        }),
      );
      const ids = Array.from({ length: 1_200 }, (_, n) => `doc${n}`);
      await write(database, 'first');
      await waitFor(() => calls.length > 0, { what: 'the first change' });
      await other.write(ids.map((id) => childRevision(undefined, id, {})));
      await waitFor(() => new Set(calls.flat()).size === 1_201, { what: 'all changes' });
      expect(calls.slice(0, 2).every((call) => call.includes('first'))).toBe(true);
      expect(most).toBe(1);
    });

    it('finds by itself what a lost notice would have told of', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
      try {
        const [database] = await fresh();
        let looks = 0;
        const told: string[] = [];
        const follower = await Follower.open({
          store: { onUpdate: () => () => {} },
          database,
          logger: quiet,
          onChanges: async (changes) => {
            looks++;
            told.push(...changes.map(({ id }) => id));
          },
        });
        await waitFor(() => looks > 0, { what: 'the first look' });
        await write(database, 'unheard');
        expect(told).toEqual([]);
        vi.advanceTimersByTime(30_000);
        await waitFor(() => told.includes('unheard'), { what: 'the change' });
        await follower.close();
      } finally {
        vi.useRealTimers();
      }
    });

    it('is closed when the work under way is done, and calls nothing afterwards', async () => {
      const [database] = await fresh();
      const working = gate();
      const release = gate();
      let calls = 0;
      const follower = await Follower.open({
        store: here,
        database,
        logger: quiet,
        onNotice: () => calls++,
        onChanges: async (changes) => {
          calls++;
          if (changes.length === 0) return;
          working.open();
          await release.opened;
        },
      });
      await write(database, 'one');
      await working.opened;
      let closed = false;
      const close = follower.close().then(() => {
        closed = true;
      });
      await write(database, 'two');
      expect(closed).toBe(false);
      release.open();
      await close;
      const before = calls;
      await write(database, 'three');
      await database.changes({ since: '0', limit: 10 });
      expect(calls).toBe(before);
    });
  });

  describe('a followed map', () => {
    const tableOf = (database: Database) => new DocumentTable<Item>(database, 'item:');
    const optionsOf = (store: Store, database: Database) => ({
      ...{ store, database, logger: quiet },
      prefix: 'item:',
      read: (keys: readonly string[]) => tableOf(database).getAll(keys),
    });
    const plain = (map: FollowedMap<Item>) => Object.fromEntries([...map.values].map(([key, { n }]) => [key, n]));

    it('has what there is, what changes on any server, and no more what is removed', async () => {
      const [database, other] = await fresh();
      const [mine, theirs] = [tableOf(database), tableOf(other)];
      for (const n of [1, 2, 3]) await mine.update(`k${n}`, () => ({ n }));
      await write(database, 'other:k1');
      const maps = await Promise.all([
        FollowedMap.open(optionsOf(here, database)),
        FollowedMap.open(optionsOf(there, other)),
      ]);
      const changes: unknown[] = [];
      for (const map of maps) expect(plain(closeLater(map))).toEqual({ k1: 1, k2: 2, k3: 3 });
      maps[0].onChange((key, after, before) => changes.push([key, after?.n, before?.n]));
      await theirs.update('k1', () => ({ n: 10 }));
      await theirs.update('k4', () => ({ n: 4 }));
      await mine.remove('k2');
      for (const map of maps)
        await waitFor(() => Object.values(plain(map)).join() === '10,3,4', { what: 'the changes on both' });
      expect(changes.toSorted()).toEqual([
        ['k1', 10, 1],
        ['k2', undefined, 2],
        ['k4', 4, undefined],
      ]);
    });

    it('has what was put at once, and keeps it though something older was being read', async () => {
      const [database, other] = await fresh();
      const [mine, theirs] = [tableOf(database), tableOf(other)];
      await mine.update('k', () => ({ n: 1 }));
      let reading = gate();
      let release = gate();
      release.open();
      const map = closeLater(
        await FollowedMap.open({
          ...optionsOf(here, database),
          read: async (keys) => {
            const found = await mine.getAll(keys);
            reading.open();
            await release.opened;
            return found;
          },
        }),
      );
      [reading, release] = [gate(), gate()];
      await theirs.update('k', () => ({ n: 2 }));
      await reading.opened;
      const written = await mine.update('k', (item) => ({ n: (item?.n ?? 0) + 1 }));
      if (written) map.put('k', written);
      const seen: (number | undefined)[] = [map.values.get('k')?.n];
      map.onChange((_, after) => seen.push(after?.n));
      release.open();
      await theirs.update('k', () => ({ n: 4 }));
      await waitFor(() => map.values.get('k')?.n === 4, { what: 'what the other server wrote' });
      expect(seen).toEqual([3, 4]);
    });

    it('does not keep what was put where another server had written since, and it was told of that already', async () => {
      const [database, other] = await fresh();
      const map = closeLater(await FollowedMap.open(optionsOf(here, database)));
      const mine = await tableOf(database).update('k', () => ({ n: 1 }));
      await tableOf(other).update('k', () => ({ n: 2 }));
      await waitFor(() => map.values.get('k')?.n === 2, { what: 'the newer one' });
      if (mine) map.put('k', mine);
      expect(map.values.get('k')?.n).toBe(1);
      await waitFor(() => map.values.get('k')?.n === 2, { what: 'the newer one again' });
    });

    it('is read anew after a first reading that failed half-way, without what is gone since', async () => {
      const [database] = await fresh();
      const table = tableOf(database);
      await Promise.all(Array.from({ length: 700 }, (_, n) => table.update(`k${1_000 + n}`, () => ({ n }))));
      let readings = 0;
      let isToldOf = false;
      const map = closeLater(
        FollowedMap.start({
          ...optionsOf(here, database),
          onRead: () => {
            isToldOf = true;
          },
          read: async (keys) => {
            if (++readings === 2) {
              await table.remove('k1000');
              throw new Error('not now');
            }
            return table.getAll(keys);
          },
        }),
      );
      expect(map.isRead).toBe(false);
      await waitFor(() => map.isRead, { what: 'the reading that succeeds' });
      expect(isToldOf).toBe(true);
      expect(map.values.size).toBe(699);
      expect(map.values.has('k1000')).toBe(false);
    });

    it('is exact in the end, whatever two servers write, put and fail to read', async () => {
      const random = createRandom('a followed map');
      const [database, other] = await fresh();
      const tables = [tableOf(database), tableOf(other)] as const;
      const maps: FollowedMap<Item>[] = [];
      for (const [at, table] of tables.entries()) {
        const read = async (keys: readonly string[]) => {
          if (random.next() < 0.1) throw new Error('not now');
          return table.getAll(keys);
        };
        const options = { ...optionsOf(at === 0 ? here : there, at === 0 ? database : other), read };
        maps.push(closeLater(FollowedMap.start(options)));
      }
      const work = async (server: number) => {
        for (let n = 0; n < 60; n++) {
          const [table, map] = [tables[server], maps[server]];
          const key = `k${random.between(0, 7)}`;
          if (random.next() < 0.2) await table?.remove(key);
          else {
            const written = await table?.update(key, () => ({ n: n * 2 + server }));
            if (written && random.next() < 0.7) map?.put(key, written);
          }
        }
      };
      await Promise.all([work(0), work(1)]);
      const keys = Array.from({ length: 8 }, (_, n) => `k${n}`);
      const stored = await tables[0].getAll(keys);
      const expected = Object.fromEntries(keys.flatMap((key, at) => (stored[at] ? [[key, stored[at].n]] : [])));
      for (const map of maps) {
        await waitFor(() => JSON.stringify(sorted(plain(map))) === JSON.stringify(sorted(expected)), {
          what: 'the map being as the store is',
          timeoutMs: 60_000,
        });
      }
    }, 120_000);
  });
});

const sorted = (record: Record<string, number>) => Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));

describe('while the store is away', () => {
  it('tries again at longer intervals, and is exact again afterwards', async () => {
    const outage = await startServerWithOutage();
    const { store } = outage.server.core;
    const name = `${outage.server.environment.env.VITASYNC_DB_PREFIX}-followed`;
    const database = await store.open(name);
    const table = new DocumentTable<Item>(database, 'item:');
    let failures = 0;
    const map = await FollowedMap.open({
      ...{ store, database, prefix: 'item:' },
      logger: { info: () => {}, error: () => failures++ },
      read: (keys) => table.getAll(keys),
    });
    // The other server is nearer to CouchDB, which is not away for it.
    const other = couchdbUrl ? await CouchStore.create(new URL(couchdbUrl)) : undefined;
    try {
      await table.update('before', () => ({ n: 1 }));
      await table.update('gone', () => ({ n: 1 }));
      await waitFor(() => map.values.size === 2, { what: 'what was written before' });
      await outage.takeAway();
      if (other) {
        map.put('before', { n: 0 });
        await waitFor(() => failures > 0, { what: 'a reading that fails' });
        const theirs = new DocumentTable<Item>(await other.open(name), 'item:');
        await theirs.update('meanwhile', () => ({ n: 2 }));
        await theirs.remove('gone');
        expect([...map.values.keys()]).toEqual(['before', 'gone']);
      }
      await outage.giveBack();
      if (!other) {
        await table.update('meanwhile', () => ({ n: 2 }));
        await table.remove('gone');
      }
      await waitFor(() => map.values.has('meanwhile') && !map.values.has('gone'), { what: 'what was missed' });
      expect(map.values.get('before')).toEqual({ n: 1 });
      await table.update('after', () => ({ n: 3 }));
      await waitFor(() => map.values.has('after'), { what: 'what was written afterwards' });
    } finally {
      await map.close();
      await other?.close();
      await outage.close();
    }
  }, 120_000);
});
