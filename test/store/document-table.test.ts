import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocumentTable } from '../../server/store/document-table.ts';
import { EmbeddedStore } from '../../server/store/embedded-store.ts';
import { childRevision } from '../../server/store/revisions.ts';
import type { Database } from '../../server/store/store.ts';

interface Item {
  readonly count: number;
  readonly ended?: boolean;
}

let folder: string;
let store: EmbeddedStore;
let database: Database;
let items: DocumentTable<Item>;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vitasync-table-'));
  store = await EmbeddedStore.create({ folder, syncWrites: false });
  database = await store.open('items');
  items = new DocumentTable<Item>(database, 'item:', (winner, others) =>
    others.some(({ ended }) => ended) ? { ...winner, ended: true } : winner,
  );
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const leavesOf = async (key: string) => (await database.leaves([`item:${key}`])).get(`item:${key}`) ?? [];
const add = (table: DocumentTable<Item>, key: string) =>
  table.update(key, (item) => ({ ...item, count: (item?.count ?? 0) + 1 }));

describe('a document table', () => {
  it('reads back what was written, and nothing where nothing was', async () => {
    expect(await items.get('none')).toBeUndefined();
    await items.update('one', () => ({ count: 1 }));
    expect(await items.get('one')).toEqual({ count: 1 });
  });

  it('loses no update of many at once, beyond the ancestry it keeps', async () => {
    await Promise.all(Array.from({ length: 50 }, () => add(items, 'busy')));
    expect(await items.get('busy')).toEqual({ count: 50 });
    const leaves = await leavesOf('busy');
    expect(leaves).toHaveLength(1);
    expect(leaves[0]?.rev).toMatch(/^50-/);
  });

  it('loses no update of many tables at once, as servers have them, and calls each change on what was stored last', async () => {
    const tables = Array.from({ length: 5 }, () => new DocumentTable<Item>(database, 'item:'));
    await Promise.all(tables.flatMap((table) => Array.from({ length: 10 }, () => add(table, 'shared'))));
    expect(await items.get('shared')).toEqual({ count: 50 });
    expect(await leavesOf('shared')).toHaveLength(1);
  });

  it('removes what another table changes meanwhile, for good', async () => {
    const other = new DocumentTable<Item>(database, 'item:');
    await add(items, 'going');
    await Promise.all([add(other, 'going'), items.remove('going'), add(other, 'going')]);
    await items.remove('going');
    expect(await other.get('going')).toBeUndefined();
    expect((await leavesOf('going')).filter(({ deleted }) => !deleted)).toEqual([]);
  });

  it('writes nothing where the change throws or leaves the document as it is', async () => {
    await items.update('still', () => ({ count: 1 }));
    await items.update('still', (item) => item);
    await items.update('still', () => undefined);
    const failed = items.update('still', () => {
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect((await leavesOf('still'))[0]?.rev).toMatch(/^1-/);
  });

  it('removes, and creates again', async () => {
    await add(items, 'phoenix');
    await items.remove('phoenix');
    await items.remove('phoenix');
    expect(await items.get('phoenix')).toBeUndefined();
    await add(items, 'phoenix');
    expect(await items.get('phoenix')).toEqual({ count: 1 });
  });

  it('resolves what two servers wrote at once, and leaves one version at the next update', async () => {
    await items.update('torn', () => ({ count: 1 }));
    const [parent] = await leavesOf('torn');
    await database.write([
      childRevision(parent, 'item:torn', { count: 2 }),
      childRevision(parent, 'item:torn', { count: 2, ended: true }),
    ]);
    expect(await items.get('torn')).toEqual({ count: 2, ended: true });
    expect(await items.list('torn')).toEqual([{ count: 2, ended: true }]);
    await add(items, 'torn');
    expect(await items.get('torn')).toEqual({ count: 3, ended: true });
    expect((await leavesOf('torn')).filter(({ deleted }) => !deleted)).toHaveLength(1);
  });

  it('lists by the beginning of the key over more than one page, without other tables', async () => {
    const many = new DocumentTable<Item>(database, 'many:');
    const revisions = Array.from({ length: 1_203 }, (_, i) =>
      childRevision(undefined, `many:a-${String(i).padStart(4, '0')}`, { count: i }),
    );
    await database.write([...revisions, childRevision(undefined, 'many:b-0', { count: -1 })]);
    expect((await many.list('a-')).map(({ count }) => count)).toEqual(Array.from({ length: 1_203 }, (_, i) => i));
    expect(await many.list()).toHaveLength(1_204);
  });
});
