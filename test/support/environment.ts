/** What a server of a test is given: a folder of its own, or, where COUCHDB_URL is set, names of its own on that CouchDB. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import nano from 'nano';

export const ADMIN_PASSWORD = 'a password for tests';
export const COUCHDB_URL = process.env.COUCHDB_URL;
if (!COUCHDB_URL)
  console.warn(
    'COUCHDB_URL is not set: the embedded store is tested, and tests of CouchDB and of several servers are LEFT OUT',
  );

/** Another node of the same cluster, for the second of two servers; the same node where nothing is said. */
export const COUCHDB_URL_OTHER = process.env.COUCHDB_URL_OTHER ?? COUCHDB_URL;

export interface TestEnvironment {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  /** Removes the folder, and the databases on CouchDB. */
  remove(): Promise<void>;
}

export async function createEnvironment(overrides: NodeJS.ProcessEnv = {}): Promise<TestEnvironment> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vitasync-test-'));
  const prefix = `t${randomBytes(6).toString('hex')}`;
  const env = {
    PORT: '0',
    VITASYNC_DATA_DIR: folder,
    VITASYNC_DB_PREFIX: prefix,
    VITASYNC_ADMIN_PASSWORD: ADMIN_PASSWORD,
    VITASYNC_LOG_LEVEL: 'warn',
    VITASYNC_LOGIN_ATTEMPTS: '1000',
    // Tests of one file share accounts, and enrol a tablet each.
    VITASYNC_MAX_DEVICES: '1000',
    ...(COUCHDB_URL && { COUCHDB_URL }),
    ...overrides,
  };
  const remove = async () => {
    if (COUCHDB_URL) await removeDatabases(COUCHDB_URL, prefix);
    await rm(folder, { recursive: true, force: true });
  };
  return { env, folder, remove };
}

async function removeDatabases(url: string, prefix: string): Promise<void> {
  const couch = nano(url.replace(/\/$/, ''));
  const names = (await couch.db.list()).filter((name) => name.startsWith(prefix));
  await Promise.all(names.map((name) => couch.db.destroy(name)));
}
