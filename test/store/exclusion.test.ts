import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CouchStore } from '../../server/store/couchdb-store.ts';
import { EmbeddedStore } from '../../server/store/embedded-store.ts';
import { type Claims, type Exclusion, LEASE_MS } from '../../server/store/exclusion.ts';
import { LocalExclusion } from '../../server/store/local-exclusion.ts';
import { openExclusion } from '../../server/store/open-exclusion.ts';
import { childRevision } from '../../server/store/revisions.ts';
import type { Database, StoredRevision } from '../../server/store/store.ts';
import { compiled } from '../support/compiled.ts';
import { COUCHDB_URL, COUCHDB_URL_OTHER } from '../support/environment.ts';
import { describeExclusion } from './exclusion-contract.ts';
import type { StoreUnderTest } from './store-contract.ts';

/** What is left of it to whoever waits: the store's own time, on a busy machine. */
const TAKEN_OVER_MS = LEASE_MS + 3_000;

describeExclusion('the embedded store', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'vitasync-exclusion-'));
  const store = await EmbeddedStore.create({ folder, syncWrites: false });
  return { store, elsewhere: store, prefix: 'exclusion', remove: () => rm(folder, { recursive: true }) };
});

it('makes no database for exclusion where one process has the store, and keeps no claims', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'vitasync-exclusion-'));
  const store = await EmbeddedStore.create({ folder });
  const exclusion = await openExclusion(store, 'exclusion');
  expect(exclusion).toBeInstanceOf(LocalExclusion);
  const { claims } = exclusion;
  const revisions = [childRevision(undefined, 'doc', { n: 1 })];
  const claim = await claims.take('doc', undefined, revisions);
  expect(claim?.revisions).toEqual(revisions);
  expect((await claims.read(['doc'])).size).toBe(0);
  expect(claims.last('doc')).toBeUndefined();
  expect(await claims.take('doc', claims.last('doc'), [])).toBeDefined();
  await claims.forget(['doc']);
  expect(await store.list()).toEqual([]);
  await store.close();
  await rm(folder, { recursive: true });
});

if (COUCHDB_URL) onCouchdb(COUCHDB_URL);
else
  process.stderr.write(
    '\nCOUCHDB_URL is not set: exclusion is proved for one process only, NOT for servers that share a CouchDB.\n\n',
  );

function onCouchdb(couchdbUrl: string): void {
  async function open(): Promise<StoreUnderTest> {
    const [store, elsewhere] = [
      await CouchStore.create(new URL(couchdbUrl)),
      await CouchStore.create(new URL(COUCHDB_URL_OTHER ?? couchdbUrl)),
    ];
    const prefix = `exclusion${randomBytes(4).toString('hex')}`;
    const remove = async () => {
      for (const name of await store.list()) if (name.startsWith(prefix)) await store.destroy(name);
    };
    return { store, elsewhere, prefix, remove };
  }

  describeExclusion('CouchDB', open);

  describe('on CouchDB, a lease', () => {
    let under: StoreUnderTest;
    let exclusion: Exclusion;
    const children: ChildProcessWithoutNullStreams[] = [];
    beforeAll(async () => {
      under = await open();
      exclusion = await openExclusion(under.store, `${under.prefix}-exclusion`);
    });
    afterEach(() => {
      for (const child of children.splice(0)) child.kill('SIGKILL');
    });
    afterAll(async () => {
      await under.remove();
      await under.store.close();
      await under.elsewhere.close();
    });

    /** A server of its own that holds the lease. */
    async function holder(name: string) {
      const args = [await compiled('test/store/lease-holder-process.ts'), couchdbUrl, `${under.prefix}-exclusion`];
      const child = spawn(process.execPath, [...args, name]);
      children.push(child);
      child.stderr.pipe(process.stderr);
      const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const hear = async () => (await said.next()).value;
      expect(await hear()).toBe('held');
      const ask = () => {
        child.stdin.write('?\n');
        return hear();
      };
      return { child, ask };
    }

    async function msToTake(name: string): Promise<number> {
      const beganMs = performance.now();
      return exclusion.alone([name], async () => performance.now() - beganMs);
    }

    it('of a server that is killed delays others by no more than the lease', async () => {
      const { child } = await holder('killed');
      const taking = msToTake('killed');
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(await taking).toBeLessThan(TAKEN_OVER_MS);
      // And nobody after that.
      expect(await msToTake('killed')).toBeLessThan(3_000);
    });

    it('is kept for as long as its holder works, and given on soon after', { timeout: 60_000 }, async () => {
      const { child, ask } = await holder('kept');
      let isTaken = false;
      const taking = exclusion.alone(['kept'], async () => {
        isTaken = true;
      });
      await new Promise((resolve) => setTimeout(resolve, LEASE_MS + 3_000));
      expect(await ask()).toBe('held');
      expect(isTaken).toBe(false);
      const endedMs = performance.now();
      child.stdin.end();
      await taking;
      expect(performance.now() - endedMs).toBeLessThan(5_000);
    });

    it('is lost to a server that stands still, which is told so before its commit', { timeout: 60_000 }, async () => {
      const { child, ask } = await holder('frozen');
      expect(await ask()).toBe('held');
      child.kill('SIGSTOP');
      await exclusion.alone(['frozen'], async (lease) => {
        child.kill('SIGCONT');
        expect(await ask()).toBe('lost');
        await lease.check();
      });
      expect(await ask()).toBe('lost');
      expect(await msToTake('frozen')).toBeLessThan(3_000);
    });
  });

  describe('on CouchDB, claims', () => {
    let under: StoreUnderTest;
    let servers: readonly [Claims, Claims];
    let documents: readonly [Database, Database];
    beforeAll(async () => {
      under = await open();
      const { store, elsewhere, prefix } = under;
      servers = [
        (await openExclusion(store, `${prefix}-exclusion`)).claims,
        (await openExclusion(elsewhere, `${prefix}-exclusion`)).claims,
      ];
      documents = [await store.open(`${prefix}-documents`), await elsewhere.open(`${prefix}-documents`)];
    });
    afterAll(async () => {
      await Promise.all(servers.map((claims) => claims.idle()));
      await under.remove();
      await under.store.close();
      await under.elsewhere.close();
    });

    const leafOf = async (database: Database, id: string) => (await database.leaves([id])).get(id)?.[0];

    /** As the interface says. Answers whether the document was edited at the revision; a server may stop half-way. */
    async function edit(
      n: 0 | 1,
      id: string,
      baseRev: string,
      text: string,
      stopsAfterClaim = false,
    ): Promise<boolean> {
      const [claims, database] = [servers[n], documents[n]];
      let claim = claims.last(id);
      for (;;) {
        await database.write(claim?.revisions ?? []);
        const leaf = await leafOf(database, id);
        if (leaf?.rev !== baseRev) return false;
        const revisions: readonly StoredRevision[] = [childRevision(leaf, id, { text })];
        const taken = await claims.take(id, claim, revisions);
        if (taken) {
          if (stopsAfterClaim) return false;
          await database.write(revisions);
          claims.clear(taken);
          return true;
        }
        claim = (await claims.read([id])).get(id);
      }
    }

    it('let one of two servers edit a document at a revision, in 100 rounds', { timeout: 240_000 }, async () => {
      await documents[0].write([childRevision(undefined, 'doc', { text: 'new' })]);
      for (let round = 0; round < 100; round++) {
        const rev = (await leafOf(documents[0], 'doc'))?.rev ?? '';
        // At times both want the same.
        const textOf = (n: number) => (round % 5 === 0 ? `${round}` : `${round} of ${n}`);
        const edited = await Promise.all([edit(0, 'doc', rev, textOf(0)), edit(1, 'doc', rev, textOf(1))]);
        expect(edited.filter(Boolean), `round ${round}`).toHaveLength(1);
        const leaves = (await documents[0].leaves(['doc'])).get('doc') ?? [];
        expect(leaves).toHaveLength(1);
        expect(leaves[0]?.body.text).toBe(textOf(edited.indexOf(true)));
      }
    });

    it('of a server that stopped are finished by whoever comes next', async () => {
      const root = childRevision(undefined, 'stopped', { text: 'new' });
      await documents[0].write([root]);
      await edit(0, 'stopped', root.rev, 'claimed', true);
      expect((await leafOf(documents[1], 'stopped'))?.body.text).toBe('new');
      expect(await edit(1, 'stopped', root.rev, 'too late')).toBe(false);
      const finished = await leafOf(documents[1], 'stopped');
      expect(finished?.body.text).toBe('claimed');
      expect(await edit(1, 'stopped', finished?.rev ?? '', 'next')).toBe(true);
      expect((await leafOf(documents[0], 'stopped'))?.body.text).toBe('next');
    });

    it('are remembered, and cleared without touching a later one', async () => {
      const [one, other] = servers;
      const revisions = [childRevision(undefined, 'cleared', { n: 1 })];
      const claim = await one.take('cleared', undefined, revisions);
      if (!claim) throw new Error('nobody else has it');
      expect(one.last('cleared')).toEqual(claim);
      expect((await other.read(['cleared', 'never'])).get('cleared')).toEqual(claim);
      expect(await other.take('cleared', undefined, [])).toBeUndefined();
      one.clear(claim);
      expect(one.last('cleared')).toMatchObject({ revisions: [] });
      // By what was read before it was cleared, on this server.
      const second = await one.take('cleared', claim, revisions);
      expect(second?.revisions).toEqual(revisions);
      await one.idle();
      const third = await other.take('cleared', second, []);
      expect(third).toBeDefined();
      if (second) one.clear(second);
      await one.idle();
      expect((await other.read(['cleared'])).get('cleared')).toEqual(third);
    });

    it('leave nothing of an erased patient, and let nobody in who judged before', { timeout: 240_000 }, async () => {
      const [one, other] = servers;
      const marker = randomBytes(12).toString('hex');
      const revisions = [childRevision(undefined, 'erased', { text: marker })];
      const claim = await one.take('erased', undefined, revisions);
      if (!claim) throw new Error('nobody else has it');
      one.clear(claim);
      await one.idle();
      const cleared = one.last('erased');
      const unfinished = await one.take('erased', cleared, revisions);
      await other.forget(['erased', 'without a claim']);
      const kept = await under.store.open(`${under.prefix}-exclusion`);
      const [leaf] = (await kept.leaves(['claim:erased'])).get('claim:erased') ?? [];
      expect(leaf?.body.revisions).toEqual([]);
      const old = (leaf?.ancestry ?? []).slice(1).map((rev) => ({ id: 'claim:erased', rev }));
      expect(old.length).toBeGreaterThanOrEqual(3);
      expect(await kept.revisions(old)).toEqual(old.map(() => undefined));
      expect(await one.take('erased', unfinished, revisions)).toBeUndefined();
      expect(await one.take('without a claim', undefined, revisions)).toBeUndefined();
    });
  });
}
