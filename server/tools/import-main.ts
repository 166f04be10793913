/** `npm run import`: brings data of other systems in, without a running server. */
import type { RuleDocument } from '../../sync-rules/document.ts';
import { ConfigError, loadConfig } from '../config.ts';
import { buildCore, prepareCore } from '../documents/core.ts';
import { storedBody } from '../documents/write/document-policy.ts';
import { createLogger } from '../lib/logger.ts';
import { StoreUnavailableError } from '../store/store.ts';
import { importCommand } from './import/cli.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error('interrupted')));

async function openWriter() {
  const config = loadConfig(process.env);
  const core = await buildCore({
    config,
    logger: createLogger({ level: 'warn', pretty: process.stdout.isTTY === true }),
  });
  await prepareCore(core);
  return {
    writer: {
      put: (documents: readonly RuleDocument[]) =>
        core.writePath.putTrusted(documents.map((document) => ({ id: document._id, body: storedBody(document) }))),
    },
    close: async () => {
      await core.projector.catchUp();
      await core.otherServers?.close();
      await core.store.close();
    },
  };
}

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
