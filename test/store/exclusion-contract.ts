/** What exclusion must do on every store; the guarantees are those of server/store/exclusion.ts. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Exclusion } from '../../server/store/exclusion.ts';
import { openExclusion } from '../../server/store/open-exclusion.ts';
import { childRevision } from '../../server/store/revisions.ts';
import type { Database } from '../../server/store/store.ts';
import type { StoreUnderTest } from './store-contract.ts';

const ROUNDS = 100;

export function describeExclusion(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`exclusion on ${name}`, () => {
    let under: StoreUnderTest;
    let servers: readonly [Exclusion, Exclusion];
    let counters: readonly [Database, Database];
    beforeAll(async () => {
      under = await open();
      const { store, elsewhere, prefix } = under;
      const one = await openExclusion(store, `${prefix}-exclusion`);
      servers = [one, elsewhere === store ? one : await openExclusion(elsewhere, `${prefix}-exclusion`)];
      counters = [await store.open(`${prefix}-counter`), await elsewhere.open(`${prefix}-counter`)];
    });
    afterAll(async () => {
      await Promise.all(servers.map(({ claims }) => claims.idle()));
      await under.remove();
      await under.store.close();
      await under.elsewhere.close();
    });

    /** Reads, then writes: what another one writes in between is lost. */
    async function count(database: Database, id: string): Promise<void> {
      const [leaf] = (await database.leaves([id])).get(id) ?? [];
      const body = { count: Number(leaf?.body.count ?? 0) + 1, by: randomBytes(8).toString('hex') };
      await database.write([childRevision(leaf, id, body)]);
    }
    const counted = async (id: string) => (await counters[0].winners([id]))[0]?.body.count;

    it(`lets one at a time work under a name, in ${ROUNDS} rounds on two servers: no update is lost`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await Promise.all(
          servers.map((server, n) =>
            server.alone(['count'], async (lease) => {
              if (round % 10 === 0) await lease.check();
              await count(counters[n === 0 ? 0 : 1], 'count');
            }),
          ),
        );
      }
      expect(await counted('count')).toBe(2 * ROUNDS);
    });

    it('lets nobody else work under any of several names, in whatever order they are said', async () => {
      await Promise.all(
        Array.from({ length: 30 }, (_, n) =>
          servers[n % 2 === 0 ? 0 : 1].alone(n % 3 === 0 ? ['b', 'a', 'b'] : n % 3 === 1 ? ['a', 'b'] : ['b'], () =>
            count(counters[n % 2 === 0 ? 0 : 1], 'several'),
          ),
        ),
      );
      expect(await counted('several')).toBe(30);
    });

    it('goes on with work under other names, and answers what work answers or throws', async () => {
      const [one, other] = servers;
      const inside = await one.alone(['outer'], () => other.alone(['inner'], async () => 'both'));
      expect(inside).toBe('both');
      const failed = one.alone(['outer'], () => Promise.reject(new Error('no')));
      await expect(failed).rejects.toThrow('no');
      expect(await other.alone(['outer'], async () => 'free again')).toBe('free again');
    });
  });
}
