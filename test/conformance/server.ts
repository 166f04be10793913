/**
 * `npm run conformance-server -- --port N`: the real gateway on the real store with open rules and no schemas, on loopback,
 * so that foreign protocol suites can be run against the gateway. `PUT` and `DELETE` of a database make and remove it; the
 * gateway itself has neither. For tests only: anyone who reaches it may do everything.
 */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import express, { type Request } from 'express';
import { loadConfig } from '../../server/config.ts';
import { PACE } from '../../server/gateway/build-gateway.ts';
import { createSyncRouter } from '../../server/gateway/sync-router.ts';
import { UpdateSignal } from '../../server/gateway/update-signal.ts';
import { createLogger } from '../../server/lib/logger.ts';
import { Pace } from '../../server/lib/pace.ts';
import { openStore } from '../../server/store/open-store.ts';
import type { Store } from '../../server/store/store.ts';
import { OpenDirectory } from './open-directory.ts';

const command = new Command('conformance-server')
  .description('Serves the sync gateway with open rules on loopback, for protocol suites')
  .option('--port <number>', 'TCP port on 127.0.0.1; 0 takes a free one', '0')
  .parse();

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vitasync-conformance-'));
  const prefix = `c${randomUUID().slice(0, 8)}`;
  const config = loadConfig({ ...process.env, VITASYNC_DATA_DIR: folder, VITASYNC_DB_PREFIX: prefix });
  const store = await openStore(config);
  const directory = new OpenDirectory(store, prefix, new UpdateSignal(store), await store.open(`${prefix}-held`));
  const app = express().disable('x-powered-by').set('etag', false).set('query parser', 'simple');
  // Database names of foreign suites come with a trailing slash or without.
  app.put('/:database', async (req: Request<{ database: string }>, res) => {
    const created = await directory.create(req.params.database);
    if (created) res.status(201).json({ ok: true });
    else res.status(412).json({ error: 'file_exists', reason: 'The database exists.' });
  });
  app.delete('/:database', async (req: Request<{ database: string }>, res) => {
    const removed = await directory.remove(req.params.database);
    if (removed) res.json({ ok: true });
    else res.status(404).json({ error: 'not_found', reason: 'Database does not exist.' });
  });
  app.use(
    createSyncRouter({
      directory,
      authenticate: (_req, _res, next) => next(),
      locals: { note: async () => true, drop: async () => {} },
      principalOf: () => ({ userId: 'anyone', role: 'admin', sessionId: 'none' }),
      observer: () => {},
      isType: () => false,
      maxBodyBytes: config.maxBodyMb * 1_048_576,
      maxDocumentBytes: config.maxDocumentKb * 1_024,
      logger: createLogger({ level: 'error', pretty: false }),
      serverId: randomUUID(),
      pace: new Pace(PACE),
    }),
  );
  const { port } = command.opts<{ port: string }>();
  const http = app.listen(Number(port), '127.0.0.1', () => {
    process.stdout.write(`The sync gateway is open on http://127.0.0.1:${(http.address() as AddressInfo).port}\n`);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      http.close();
      http.closeAllConnections();
      void cleanUp(store, prefix, folder).then(() => process.exit(0));
    });
  }
}

async function cleanUp(store: Store, prefix: string, folder: string): Promise<void> {
  for (const name of await store.list()) if (name.startsWith(prefix)) await store.destroy(name);
  await store.close();
  await rm(folder, { recursive: true, force: true });
}

await main();
