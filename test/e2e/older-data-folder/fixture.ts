/** A data folder that an earlier release wrote, and what is known of it. */
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadConfig } from '../../../server/config.ts';
import { openStore } from '../../../server/store/open-store.ts';
import { COUCHDB_URL, createEnvironment, type TestEnvironment } from '../../support/environment.ts';
import { type Dump, dumpCouchdb, dumpFolder } from './database-dump.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const run = promisify(execFile);

export const fixtureFolder = (release: string): string => path.join(FIXTURES, `data-folder-${release}`);
export const ARCHIVE = 'data-folder.tar.gz';
export const EXPECTED = 'expected.json';
export const CONTENTS = 'contents.json';
/** In the archive: the data folder, and the local databases of tablets, by device. */
export const DATA = 'data';
export const TABLETS = 'tablets';
/** Of the databases in the data folder. */
export const PREFIX = 'vitasync';

/** Someone with a tablet. */
export interface Person {
  readonly username: string;
  readonly password: string;
  /** Documents that a new tablet of theirs holds, by id, with the revision. */
  readonly sees: Readonly<Record<string, string>>;
}

/** A tablet whose local database is in the archive. */
export interface SavedTablet {
  readonly username: string;
  readonly deviceId: string;
  /** Of a session that is still open. */
  readonly refreshToken: string;
  /** Documents in its local database, by id, with the revision. */
  readonly holds: Readonly<Record<string, string>>;
}

export interface HeldSummary {
  readonly id: string;
  readonly documentId: string;
  readonly code: string;
  readonly [field: string]: unknown;
}

/** What was done, as far as it cannot be read off the databases. */
export interface Contents {
  readonly people: readonly Person[];
  readonly tablets: readonly SavedTablet[];
  /** Ids of patients, by what happened to them. */
  readonly patients: Readonly<Record<string, string>>;
  /** As `GET /api/admin/held-writes?state=all` lists them. */
  readonly heldWrites: readonly HeldSummary[];
}

const readJson = async <T>(release: string, file: string): Promise<T> =>
  JSON.parse(await readFile(path.join(fixtureFolder(release), file), 'utf8')) as T;
export const readContents = (release: string): Promise<Contents> => readJson(release, CONTENTS);
export const readExpected = (release: string): Promise<Dump> => readJson(release, EXPECTED);

/** GNU tar, that of the BSDs and macOS, and that of Windows all read it. */
export async function unpack(release: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await run('tar', ['-xzf', path.join(fixtureFolder(release), ARCHIVE), '-C', folder]);
}

export interface OpenedFixture {
  readonly environment: TestEnvironment;
  /** Of the tablet's local database. */
  tabletFolder(deviceId: string): string;
  /** What the databases hold now; of a stopped server. */
  dump(): Promise<Dump>;
}

/** A copy for one test. With COUCHDB_URL the databases are loaded into that CouchDB, but for what devices keep as checkpoints. */
export async function openFixture(release: string): Promise<OpenedFixture> {
  const given = await createEnvironment(COUCHDB_URL ? {} : { VITASYNC_DB_PREFIX: PREFIX });
  await unpack(release, given.folder);
  const dataFolder = path.join(given.folder, DATA);
  const env: NodeJS.ProcessEnv = { ...given.env, VITASYNC_DATA_DIR: dataFolder };
  const environment: TestEnvironment = { ...given, env };
  if (COUCHDB_URL) await load(env, await readExpected(release));
  const prefix = String(env.VITASYNC_DB_PREFIX);
  return {
    environment,
    tabletFolder: (deviceId) => path.join(given.folder, TABLETS, deviceId),
    dump: () =>
      COUCHDB_URL ? dumpCouchdb(COUCHDB_URL, prefix) : dumpFolder(path.join(dataFolder, 'databases'), prefix),
  };
}

const PARTITIONED = ['primary', 'history'];

async function load(env: NodeJS.ProcessEnv, dump: Dump): Promise<void> {
  const store = await openStore(loadConfig(env));
  for (const [name, { documents }] of Object.entries(dump)) {
    const database = await store.open(`${String(env.VITASYNC_DB_PREFIX)}-${name}`, {
      partitioned: PARTITIONED.includes(name),
    });
    const revisions = Object.entries(documents).flatMap(([id, all]) => all.map((revision) => ({ id, ...revision })));
    // An ancestor that comes after its descendant is not stored any more.
    await database.write(revisions.sort((a, b) => a.ancestry.length - b.ancestry.length));
  }
  await store.close();
}
