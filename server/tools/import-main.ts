/** `npm run import`: brings data of other systems in, without a running server. */
import type { RuleDocument } from '../../sync-rules/document.ts';
import { ConfigError, loadConfig } from '../config.ts';
import { buildCore, type Core, prepareCore } from '../documents/core.ts';
import { storedBody } from '../documents/write/document-policy.ts';
import { Lifecycle } from '../lib/lifecycle.ts';
import { createLogger } from '../lib/logger.ts';
import { StoreUnavailableError } from '../store/store.ts';
import { importCommand } from './import/cli.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error('interrupted')));

async function openWriter() {
  const config = loadConfig(process.env);
  const logger = createLogger({ level: 'warn', pretty: process.stdout.isTTY === true });
  const lifecycle = new Lifecycle(logger);
  const close = () => lifecycle.stop({ deadlineMs: config.shutdownSeconds * 1_000 });
  try {
    const core = await buildCore({ config, logger, lifecycle });
    await prepareCore(core);
    return { writer: writerTo(core), close: () => core.projector.catchUp().finally(close) };
  } catch (error) {
    await close();
    throw error;
  }
}

const writerTo = ({ writePath }: Core) => ({
  put: (documents: readonly RuleDocument[]) =>
    writePath.putTrusted(documents.map((document) => ({ id: document._id, body: storedBody(document) }))),
});

importCommand(process.argv.slice(2), { openWriter, output: process.stdout, signal: stop.signal }).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    const expected = error instanceof ConfigError || error instanceof StoreUnavailableError || stop.signal.aborted;
    const text = error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`The import stopped: ${text}\n`);
    process.exitCode = 1;
  },
);
