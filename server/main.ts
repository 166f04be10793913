/** `npm start`: the only place that touches the process. */
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildServer, type Server } from './composition.ts';
import { type Config, ConfigError, loadConfig } from './config.ts';
import { createLogger, type Logger } from './lib/logger.ts';
import { StoreUnavailableError } from './store/store.ts';

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(
      'npm start: serves VitaSync. Environment variables set its options: see server/operations/README.md.\n',
    );
    return;
  }
  const config = loadConfig(process.env);
  const logger = createLogger({ level: config.logLevel, pretty: process.stdout.isTTY === true });
  const server = await buildServer({ config, logger });
  const http = createServer(server.app);
  // A tablet on a bad line may take minutes for one batch.
  http.requestTimeout = 30 * 60_000;
  // Before anyone is told that it serves, and may end it for that.
  stopOnSignal(http, server, config, logger);
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(config.port, config.host, resolve);
  });
  const { port } = http.address() as AddressInfo;
  process.stdout.write(greeting(config, port, server));
  logger.info({ port, store: server.core.store.kind }, 'serving');
}

function greeting(config: Config, port: number, { firstAdmin, core }: Server): string {
  const base = config.publicUrl ?? `http://${config.host === '0.0.0.0' ? 'localhost' : config.host}:${port}`;
  const lines = [
    'VitaSync is serving.',
    `  dashboard     ${base}/admin`,
    `  REST API      ${base}/api`,
    `  sync gateway  ${base}/sync`,
    `  health        ${base}/readyz`,
    `  store         ${core.store.kind === 'embedded' ? `embedded, in ${config.dataDir}` : 'CouchDB'}`,
  ];
  if (firstAdmin?.generatedPassword) {
    lines.push(
      '',
      `  First administrator: ${firstAdmin.username}`,
      `  Password (shown this once): ${firstAdmin.generatedPassword}`,
    );
  }
  return `${lines.join('\n')}\n\n`;
}

/** Takes no new requests, lets those under way end, then closes everything; a second signal or the deadline ends it at once. */
function stopOnSignal(http: HttpServer, server: Server, config: Config, logger: Logger): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
    const deadline = setTimeout(() => {
      logger.error({ seconds: config.shutdownSeconds }, 'did not stop in time');
      process.exit(1);
    }, config.shutdownSeconds * 1_000);
    const closed = new Promise((resolve) => http.close(resolve));
    http.closeIdleConnections();
    server.endWaiting();
    await closed;
    await server.close();
    clearTimeout(deadline);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, (name) => void stop(name));
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigError || error instanceof StoreUnavailableError;
  const text = expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  const busy =
    (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      ? 'The port is in use: stop the other server, or set PORT.\n'
      : '';
  process.stderr.write(`VitaSync cannot start: ${text}\n${busy}`);
  process.exit(1);
});
