/** `npm start`: the only place that touches the process. */
import { buildServer, type Server } from './composition.ts';
import { type Config, ConfigError, loadConfig } from './config.ts';
import { Lifecycle } from './lib/lifecycle.ts';
import { listen } from './lib/listen.ts';
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
  const lifecycle = new Lifecycle(logger);
  stopOnSignal(lifecycle, config, logger);
  try {
    await serve(config, logger, lifecycle);
  } catch (error) {
    // A signal ends the start as well: what fails then does so because everything stops.
    if (lifecycle.stopping.aborted) return;
    await lifecycle.stop({ deadlineMs: config.shutdownSeconds * 1_000 });
    throw error;
  }
}

async function serve(config: Config, logger: Logger, lifecycle: Lifecycle): Promise<void> {
  const server = await buildServer({ config, logger, lifecycle });
  const port = await listen(server.app, { host: config.host, port: config.port, lifecycle });
  process.stdout.write(greeting(config, port, server));
  logger.info({ port, store: server.core.store.kind }, 'serving');
}

/** Whoever asks can name any host: a link to set a password would lead there. */
const NO_PUBLIC_URL = [
  '  warning       VITASYNC_PUBLIC_URL is not set. The addresses of databases, and the links to set a password,',
  '                begin with the host that the request names. Set it before other machines reach this server.',
];

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
  if (config.publicUrl === undefined) lines.push(...NO_PUBLIC_URL);
  if (firstAdmin?.generatedPassword) {
    lines.push(
      '',
      `  First administrator: ${firstAdmin.username}`,
      `  Password (shown this once): ${firstAdmin.generatedPassword}`,
    );
  }
  return `${lines.join('\n')}\n\n`;
}

/** The first signal stops everything in order; a second one ends the process at once. */
function stopOnSignal(lifecycle: Lifecycle, config: Config, logger: Logger): void {
  const stop = async (signal: NodeJS.Signals) => {
    if (lifecycle.stopping.aborted) process.exit(1);
    logger.info({ signal }, 'stopping');
    await lifecycle.stop({ deadlineMs: config.shutdownSeconds * 1_000 });
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
