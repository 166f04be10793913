/** A server that takes a lease and keeps it. Says `held`, and upon each line of input whether it still has it. */
import { createInterface } from 'node:readline';
import { LeaseLostError } from '../../server/store/exclusion.ts';
import { openExclusion } from '../../server/store/open-exclusion.ts';
import { openStore } from '../../server/store/open-store.ts';

const [couchdbUrl = '', databaseName = '', name = ''] = process.argv.slice(2);
const store = await openStore({ couchdbUrl: new URL(couchdbUrl), dataDir: '' });
const exclusion = await openExclusion(store, databaseName);
await exclusion.alone([name], async (lease) => {
  process.stdout.write('held\n');
  for await (const _ of createInterface({ input: process.stdin })) {
    const answer = await lease.check().then(
      () => 'held',
      (error: unknown) => (error instanceof LeaseLostError ? 'lost' : String(error)),
    );
    process.stdout.write(`${answer}\n`);
  }
});
await store.close();
process.exit(0);
