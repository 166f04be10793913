import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CouchStore } from '../../server/store/couchdb-store.ts';
import { EmbeddedStore } from '../../server/store/embedded-store.ts';
import { childRevision } from '../../server/store/revisions.ts';
import { eachBeside } from '../support/beside.ts';
import { COUCHDB_URL } from '../support/environment.ts';
import { filesWith } from '../support/files-with.ts';
import { describeStore } from './store-contract.ts';

const folderOf = () => mkdtemp(path.join(tmpdir(), 'vitasync-store-'));

describeStore('the embedded store', async () => {
  const folder = await folderOf();
  const store = await EmbeddedStore.create({ folder });
  return {
    store,
    elsewhere: store,
    prefix: 'contract',
    remove: () => rm(folder, { recursive: true }),
  };
});

const couchdbUrl = COUCHDB_URL;
if (couchdbUrl) {
  describeStore('the CouchDB store', async () => {
    const [store, elsewhere] = [
      await CouchStore.create(new URL(couchdbUrl)),
      await CouchStore.create(new URL(couchdbUrl)),
    ];
    const prefix = `contract${randomBytes(4).toString('hex')}`;
    const remove = async () => {
      for (const name of await store.list()) if (name.startsWith(prefix)) await store.destroy(name);
    };
    return { store, elsewhere, prefix, remove };
  });
  describe('the CouchDB store', () => {
    it('lets nobody in but an administrator of CouchDB, also where someone opened a database', async () => {
      const store = await CouchStore.create(new URL(couchdbUrl));
      const name = `contract${randomBytes(4).toString('hex')}-closed`;
      const outside = new URL(couchdbUrl);
      const security = new URL(`/${name}/_security`, outside);
      const authorization = `Basic ${Buffer.from(`${outside.username}:${outside.password}`).toString('base64')}`;
      security.username = '';
      security.password = '';
      await store.open(name);
      await fetch(security, { method: 'PUT', headers: { authorization }, body: '{}' });
      const again = await CouchStore.create(new URL(couchdbUrl));
      await again.open(name);
      expect((await fetch(new URL(`/${name}/_all_docs`, security))).status).toBe(401);
      await again.destroy(name);
      await Promise.all([store.close(), again.close()]);
    });
  });
} else {
  process.stderr.write(
    '\nCOUCHDB_URL is not set: the store contract is proved for the embedded store only, NOT for CouchDB.\n\n',
  );
}

describe('the embedded store', () => {
  it('keeps what it has when it is closed and opened again', async () => {
    const folder = await folderOf();
    const store = await EmbeddedStore.create({ folder });
    const db = await store.open('kept');
    await db.write([{ id: 'a', rev: '1-a', ancestry: ['1-a'], deleted: false, body: { n: 1 } }]);
    const { updateSeq } = await db.info();
    await store.close();
    const again = await EmbeddedStore.create({ folder });
    const reopened = await again.open('kept');
    expect((await reopened.leaves(['a'])).get('a')?.[0]?.body).toEqual({ n: 1 });
    expect((await reopened.changes({ since: updateSeq, limit: 1 })).results).toEqual([]);
    await again.close();
    await rm(folder, { recursive: true });
  });

  it('serves more databases than it keeps open', async () => {
    const folder = await folderOf();
    const store = await EmbeddedStore.create({ folder });
    const names = Array.from({ length: 420 }, (_, n) => `many${n}`);
    await eachBeside(names, async (name) =>
      (await store.open(name)).write([{ id: name, rev: '1-a', ancestry: ['1-a'], deleted: false, body: {} }]),
    );
    const counts = await Promise.all(names.map(async (name) => (await (await store.open(name)).info()).docCount));
    expect(counts.every((count) => count === 1)).toBe(true);
    await store.close();
    await rm(folder, { recursive: true });
  });

  it('has no body that it was told to forget in any of its files', async () => {
    const folder = await folderOf();
    const marker = randomBytes(24).toString('base64url');
    const inFiles = () => filesWith(folder, marker);
    const root = childRevision(undefined, 'doc', { text: marker });
    const child = childRevision(root, 'doc', {}, { deleted: true });
    const filler = (n: number) =>
      Array.from({ length: 500 }, (_, i) =>
        childRevision(undefined, `filler${n}-${i}`, { text: randomBytes(3_000).toString('base64url') }),
      );
    // Forgotten while it is in the log, after it moved to a table, and below newer tables.
    for (const [name, before, after] of [
      ['log', 0, 0],
      ['table', 0, 1],
      ['deep', 4, 6],
    ] as const) {
      let store = await EmbeddedStore.create({ folder });
      let db = await store.open(name);
      for (let n = 0; n < before; n++) await db.write(filler(n));
      await db.write([root]);
      for (let n = before; n < before + after; n++) await db.write(filler(n));
      if (after > 0) {
        await store.close();
        store = await EmbeddedStore.create({ folder });
        db = await store.open(name);
      }
      await db.write([child]);
      expect(await inFiles(), `${name}, before`).not.toEqual([]);
      const reading = new AbortController();
      const readers = Array.from({ length: 4 }, async () => {
        while (!reading.signal.aborted) await db.changes({ since: '0', limit: 1_000 });
      });
      await db.forgetOldBodies(['doc']);
      expect(await inFiles(), `${name}, after`).toEqual([]);
      reading.abort();
      await Promise.all(readers);
      await store.close();
      expect(await inFiles(), `${name}, closed`).toEqual([]);
    }
    await rm(folder, { recursive: true });
  });
});
