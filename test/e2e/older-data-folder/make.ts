/**
 * Makes the fixture of the release that is checked out: starts its server, tells the story, stops the server, and packs what is
 * in the data folder. `node --import tsx test/e2e/older-data-folder/make.ts`, with GNU tar.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { VERSION } from '../../../server/lib/version.ts';
import { ADMIN_PASSWORD } from '../../support/environment.ts';
import { startServerProcess } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type Dump, dumpFolder } from './database-dump.ts';
import { ARCHIVE, CONTENTS, type Contents, DATA, EXPECTED, fixtureFolder, PREFIX, TABLETS, unpack } from './fixture.ts';
import { isIdle } from './idle.ts';
import { loggedInAdmin, tellStory } from './story.ts';

const run = promisify(execFile);

/** The longest that can be asked for: the sessions in the fixture have to stay usable. */
const REFRESH_TOKEN_DAYS = '3650';

async function writeFolder(folder: string): Promise<Contents> {
  const env = {
    PORT: '0',
    COUCHDB_URL: '',
    VITASYNC_DATA_DIR: path.join(folder, DATA),
    VITASYNC_DB_PREFIX: PREFIX,
    VITASYNC_ADMIN_PASSWORD: ADMIN_PASSWORD,
    VITASYNC_REFRESH_TOKEN_DAYS: REFRESH_TOKEN_DAYS,
  };
  const server = await startServerProcess({ env, folder, remove: async () => {} });
  try {
    const contents = await tellStory(server.url, path.join(folder, TABLETS));
    const admin = await loggedInAdmin(server.url);
    await waitFor(() => isIdle(admin), { what: 'the server being idle' });
    const status = await server.kill('SIGTERM');
    if (status !== 0) throw new Error(`the server ended with ${status}:\n${server.output()}`);
    return contents;
  } finally {
    await server.kill('SIGKILL');
  }
}

/** Without the index, which is derived, and without what LevelDB keeps for itself. */
async function pack(folder: string, archive: string): Promise<void> {
  const sameEachTime = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  const left = [`--exclude=${DATA}/index`, '--exclude=LOCK', '--exclude=LOG', '--exclude=LOG.old'];
  await run('tar', [...left, ...sameEachTime, '-I', 'gzip -9n', '-cf', archive, '-C', folder, DATA, TABLETS]);
}

/** With the fields in order, and a revision a line. */
function lines(dump: Dump): string {
  const revision = (value: unknown) => `        ${JSON.stringify(inOrder(value))}`;
  const document = ([id, revisions]: [string, readonly unknown[]]) =>
    `      ${JSON.stringify(id)}: [\n${revisions.map(revision).join(',\n')}\n      ]`;
  const local = ([id, body]: [string, unknown]) => `      ${JSON.stringify(id)}: ${JSON.stringify(inOrder(body))}`;
  const database = ([name, found]: [string, Dump[string]]) =>
    [
      `  ${JSON.stringify(name)}: {`,
      `    "documents": {\n${Object.entries(found.documents).map(document).join(',\n')}\n    },`,
      `    "local": {\n${Object.entries(found.local).map(local).join(',\n')}\n    }\n  }`,
    ].join('\n');
  return `{\n${Object.entries(dump).map(database).join(',\n')}\n}\n`;
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([field, inner]) => [field, inOrder(inner)]));
}

const work = await mkdtemp(path.join(tmpdir(), 'vitasync-fixture-'));
const target = fixtureFolder(VERSION);
await mkdir(target, { recursive: true });
const contents = await writeFolder(path.join(work, 'written'));
await pack(path.join(work, 'written'), path.join(target, ARCHIVE));
// Of a copy: reading changes the files of LevelDB.
await unpack(VERSION, path.join(work, 'copy'));
const dump = await dumpFolder(path.join(work, 'copy', DATA, 'databases'), PREFIX);
await writeFile(path.join(target, EXPECTED), lines(dump));
await writeFile(path.join(target, CONTENTS), `${JSON.stringify(contents, null, 2)}\n`);
await rm(work, { recursive: true });
process.stdout.write(`written: ${target}\n`);
