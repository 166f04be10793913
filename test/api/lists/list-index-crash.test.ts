/** Processes are killed while they write documents and read lists; the index is exact afterwards. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ListIndexes } from '../../../server/api/lists/list-index.ts';
import type { ListQuery } from '../../../server/api/lists/list-query.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { EmbeddedStore } from '../../../server/store/embedded-store.ts';
import { compiled } from '../../support/compiled.ts';
import { createRandom } from '../../support/random.ts';
import { naiveList } from './naive-lists.ts';

const ROUNDS = 2;
const random = createRandom('killing processes that read lists');
const pause = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vitasync-lists-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const open = (store: EmbeddedStore) =>
  ListIndexes.open({
    folder: path.join(folder, 'lists'),
    store,
    logger: createLogger({ level: 'error', pretty: false }),
  });

async function expectExact(): Promise<number> {
  const store = await EmbeddedStore.create({ folder: path.join(folder, 'databases') });
  const lists = await open(store);
  const database = await store.open('documents');
  const documents = new Map((await database.range({ limit: 1_000_000 })).map(({ id, body }) => [id, body]));
  const all = { type: 'patient', sort: 'name', descending: false, limit: 1_000_000 } as const satisfies ListQuery;
  const queries = [
    all,
    { ...all, sort: 'updatedAt', descending: true },
    ...['c0', 'c1', 'c2'].map((clinic) => ({ ...all, clinic, author: 'u1' })),
    ...['muller', 'smi ann', '王', 'иван'].map((search) => ({ ...all, search })),
  ];
  for (const query of queries) {
    const expected = naiveList(documents, query).map(({ id }) => id);
    const { entries, total } = await lists.query(database, query);
    expect(entries.map(({ id }) => id)).toEqual(expected);
    expect(total).toBe(expected.length);
  }
  await lists.close();
  await store.close();
  return documents.size;
}

it('is exact after a process was killed at any moment, and the part of the folder is free again', async () => {
  const program = await compiled('test/api/lists/list-index-process.ts');
  let documents = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const child = fork(program, [path.join(folder, 'databases'), path.join(folder, 'lists')]);
    const exited = once(child, 'exit');
    await once(child, 'message');
    const beside = await EmbeddedStore.create({ folder: path.join(folder, 'other') });
    const lists = await open(beside);
    expect((await readdir(path.join(folder, 'lists'))).sort()).toEqual(['0', '1']);
    await pause(random.between(0, 700));
    child.kill('SIGKILL');
    await exited;
    await lists.close();
    await beside.close();
    const now = await expectExact();
    expect(now).toBeGreaterThan(documents);
    documents = now;
  }
});
