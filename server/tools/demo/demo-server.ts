/** The server of the demo: in this process, on a free loopback port, on databases of its own that are removed at the end. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildServer } from '../../composition.ts';
import { type Config, loadConfig } from '../../config.ts';
import type { Core } from '../../documents/core.ts';
import { Lifecycle } from '../../lib/lifecycle.ts';
import { listen } from '../../lib/listen.ts';
import { createLogger } from '../../lib/logger.ts';
import { openStore } from '../../store/open-store.ts';
import type { Cleanup } from './cleanup.ts';

export interface DemoServer {
  readonly url: string;
  readonly core: Core;
  readonly adminPassword: string;
}

export interface DemoServerOptions {
  /** A CouchDB to use instead of the embedded store. */
  readonly couchdbUrl: string | undefined;
  /** Whether log lines are for a person at a terminal. */
  readonly pretty: boolean;
}

/** Throws ConfigError and StoreUnavailableError. */
export async function startDemoServer(
  cleanup: Cleanup,
  { couchdbUrl, pretty }: DemoServerOptions,
): Promise<DemoServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vitasync-demo-'));
  cleanup.add('temporary folder', () => rm(folder, { recursive: true, force: true }));
  const adminPassword = randomBytes(12).toString('base64url');
  // Nothing else of the caller's environment counts: the demo must not touch the databases of a real server.
  const config = loadConfig({
    PORT: '0',
    VITASYNC_DATA_DIR: folder,
    VITASYNC_DB_PREFIX: `demo${randomBytes(6).toString('hex')}`,
    VITASYNC_ADMIN_PASSWORD: adminPassword,
    VITASYNC_LOG_LEVEL: 'warn',
    COUCHDB_URL: couchdbUrl,
  });
  if (config.couchdbUrl) cleanup.add('databases', () => removeDatabases(config));
  const logger = createLogger({ level: config.logLevel, pretty });
  const lifecycle = new Lifecycle(logger);
  cleanup.add('server', () => lifecycle.stop({ deadlineMs: config.shutdownSeconds * 1_000 }));
  const server = await buildServer({ config, logger, lifecycle });
  const port = await listen(server.app, { host: '127.0.0.1', port: config.port, lifecycle });
  return { url: `http://127.0.0.1:${port}`, core: server.core, adminPassword };
}

async function removeDatabases(config: Config): Promise<void> {
  const store = await openStore(config);
  try {
    const own = (await store.list()).filter((name) => name.startsWith(`${config.dbPrefix}-`));
    await Promise.all(own.map((name) => store.destroy(name)));
  } finally {
    await store.close();
  }
}
