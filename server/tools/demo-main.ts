/** `npm run demo`: a server, four tablets, and a table of who holds what. Only this file of the demo touches the process. */
import { ConfigError } from '../config.ts';
import { StoreUnavailableError } from '../store/store.ts';

const HELP = `npm run demo: shows VitaSync at work, and checks it.

Starts a server on a temporary folder, imports synthetic patients, and runs four tablets (PouchDB and RxDB; doctor,
nurse, pharmacist and patient) over HTTP. Some go offline, both sides edit, they reconnect. Prints what happens and a
table of who holds what. The exit status is 0 if every tablet converged and the story went as it should, else 1.

With COUCHDB_URL=http://admin:password@host:5984 the server uses that CouchDB, with databases of its own that are
removed at the end. No other setting is read.
`;

const INTERRUPTED = new Error('interrupted');

async function main(): Promise<boolean> {
  if (process.argv.includes('--help')) {
    process.stdout.write(HELP);
    return true;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // The first one ends the demo, and removes what it made; the second ends the process at once.
    process.on(signal, () => (stop.signal.aborted ? process.exit(1) : stop.abort(INTERRUPTED)));
  }
  // What a client throws in the background would end the process before anything is removed.
  process.on('uncaughtException', (error) => {
    process.exitCode = 1;
    stop.abort(error);
  });
  // With the server and the tablets, which take seconds to load: help must not wait for them.
  const { runDemo } = await import('./demo/run-demo.ts');
  const options = { couchdbUrl: process.env.COUCHDB_URL, output: process.stdout, signal: stop.signal };
  return runDemo(options).catch((error: unknown) => {
    process.stderr.write(`The demo stopped: ${textOf(error)}\n`);
    return false;
  });
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const expected = error === INTERRUPTED || error instanceof ConfigError || error instanceof StoreUnavailableError;
  return expected ? error.message : (error.stack ?? error.message);
}

if (!(await main())) process.exitCode = 1;
