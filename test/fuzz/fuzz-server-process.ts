/** The process of a server that is fuzzed: the real one on a port, which also shows what is stored to who started it. */
import type { Database } from '../../server/store/store.ts';
import { differences } from '../support/compare-role-databases.ts';
import { createNetwork } from '../support/network.ts';
import { startServer } from '../support/test-server.ts';
import type { CommandMessage, FuzzServerCommands, TrustedDocument } from './fuzz-server-messages.ts';

const server = await startServer({
  // No token of a person may end within a run: the inputs bring expired ones of their own.
  env: { VITASYNC_ACCESS_TOKEN_MINUTES: '1440', VITASYNC_JWT_SECRET: String(process.env.VITASYNC_JWT_SECRET) },
});
await createNetwork(server.admin);
await server.settled();

/** Every leaf can be read by its name. */
async function unreadable(database: Database): Promise<string[]> {
  const found: string[] = [];
  let since = '0';
  for (;;) {
    const page = await database.changes({ since, limit: 500 });
    const leaves = await database.leaves(page.results.map(({ id }) => id));
    for (const { id, revs } of page.results) {
      const known = leaves.get(id) ?? [];
      if (revs.some((rev) => !known.some((leaf) => leaf.rev === rev))) found.push(`${id} of ${database.name}: a leaf`);
    }
    const wanted = [...leaves.values()].flat().map(({ id, rev }) => ({ id, rev }));
    const bodies = await database.revisions(wanted);
    found.push(...wanted.filter((_, at) => !bodies[at]).map(({ id, rev }) => `${id} ${rev} of ${database.name}`));
    if (page.results.length < 500) return found.map((one) => `cannot be read: ${one}`);
    since = page.lastSeq;
  }
}

const commands: FuzzServerCommands = {
  leaves: async (ids) => {
    const found = await server.core.primary.leaves([...ids]);
    return ids.map((id) => found.get(id) ?? []);
  },
  putTrusted: async (documents: readonly TrustedDocument[]) => {
    await server.core.writePath.putTrusted(documents);
  },
  settled: () => server.settled(),
  faults: async () => [...(await unreadable(server.core.primary)), ...(await differences(server.core))],
  close: () => server.close(),
};

process.on('message', ({ call, name, args }: CommandMessage) => {
  const command = commands[name] as (...given: readonly unknown[]) => Promise<unknown>;
  command(...args).then(
    (value) => {
      process.send?.({ call, value });
      if (name === 'close') process.disconnect();
    },
    (error: unknown) => process.send?.({ call, error: error instanceof Error ? error.message : String(error) }),
  );
});
// Also where the run is killed.
process.on('disconnect', () => process.exit(0));
process.send?.({ url: server.url, adminToken: server.admin.token });
