/** What one server promises of accounts, two servers on one CouchDB keep as well, whatever they are asked at the same moment. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEASE_MS } from '../../server/store/exclusion.ts';
import { ApiClient } from '../support/api-client.ts';
import { ADMIN_PASSWORD, COUCHDB_URL, createEnvironment } from '../support/environment.ts';
import { startServerProcess } from '../support/test-server.ts';
import { environmentOfOther, startTwoServers, type TwoServers } from '../support/two-servers.ts';
import { waitFor } from '../support/wait-for.ts';

if (!COUCHDB_URL)
  process.stderr.write(
    '\nCOUCHDB_URL is not set: that two servers on one CouchDB exclude each other is NOT proved by this run.\n\n',
  );

const ROUNDS = 100;
/** What a request takes on a busy machine, beside the lease. */
const SLACK_MS = 5_000;

describe.runIf(COUCHDB_URL)('two servers on one CouchDB', () => {
  let two: TwoServers;
  beforeAll(async () => {
    two = await startTwoServers();
  }, 120_000);
  afterAll(() => two?.close());

  it(`leave one of the last two administrators who disable each other, in ${ROUNDS} rounds`, {
    timeout: 1_200_000,
  }, async () => {
    const { apis, admins } = two;
    const second = { username: 'second', name: 'Second', role: 'admin', password: ADMIN_PASSWORD };
    await admins[0].ok('POST', '/api/accounts', second);
    const names = ['admin', 'second'] as const;
    const people = [admins[0], apis[1].as((await apis[1].login('second', ADMIN_PASSWORD)).accessToken)];
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await Promise.all(
        people.map((person, n) =>
          person.request('PATCH', `/api/accounts/${names[n === 0 ? 1 : 0]}`, { disabled: true }),
        ),
      );
      const statuses = answers.map(({ status }) => status);
      expect(
        statuses.filter((status) => status === 200),
        `round ${round}: ${statuses.join()}`,
      ).toHaveLength(1);
      const winner = statuses.indexOf(200);
      const loser = 1 - winner;
      // Refused as the last one, or their session was over before.
      expect([401, 409]).toContain(statuses[loser]);
      const at = (n: number) => apis[n === 0 ? 0 : 1];
      // On the server where the other one was refused.
      const left = await at(loser).login(names[winner === 0 ? 0 : 1], ADMIN_PASSWORD);
      people[winner] = at(winner).as(left.accessToken);
      await people[winner]?.ok('PATCH', `/api/accounts/${names[loser === 0 ? 0 : 1]}`, { disabled: false });
      const again = await at(loser).login(names[loser === 0 ? 0 : 1], ADMIN_PASSWORD);
      people[loser] = at(loser).as(again.accessToken);
    }
    two.admins[0] = people[0] ?? two.admins[0];
    two.admins[1] = apis[1].as(people[0]?.token ?? '');
    await two.admins[0].ok('PATCH', '/api/accounts/second', { disabled: true });
  });

  it(`create a username once, in ${ROUNDS} rounds`, { timeout: 600_000 }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const username = `person-${round}`;
      const answers = await Promise.all(
        two.admins.map((admin, n) =>
          admin.request('POST', '/api/accounts', { username, name: `Made by ${n}`, role: 'admin' }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
      const made = answers.find(({ status }) => status === 201);
      for (const admin of two.admins) {
        const stored = await admin.ok('GET', `/api/accounts/${username}`);
        expect(stored).toMatchObject({ userId: made?.body.userId, name: made?.body.name });
      }
    }
  });

  it('are delayed by one that is killed with the lease in its hand by no more than the lease', {
    timeout: 300_000,
  }, async () => {
    const { environment, servers, admins } = two;
    await admins[0].ok('POST', '/api/accounts', { username: 'renamed', name: 'Name', role: 'admin' });
    await stopWithLease(servers[0].pid, `${environment.env.VITASYNC_DB_PREFIX}-exclusion`, (n) =>
      admins[0].request('PATCH', '/api/accounts/renamed', { name: `Name ${n}` }).catch(() => undefined),
    );
    await servers[0].kill('SIGKILL');
    const beganMs = performance.now();
    await admins[1].ok('PATCH', '/api/accounts/renamed', { name: 'After all' });
    const tookMs = performance.now() - beganMs;
    expect(tookMs).toBeLessThan(LEASE_MS + SLACK_MS);
    // The lease was in its hand.
    expect(tookMs).toBeGreaterThan(1_000);
    const nextMs = performance.now();
    await admins[1].ok('PATCH', '/api/accounts/renamed', { name: 'At once' });
    expect(performance.now() - nextMs).toBeLessThan(SLACK_MS);
    servers[0] = await startServerProcess(environment);
  });

  it('create one administrator between them where both start on nothing', { timeout: 120_000 }, async () => {
    const environment = await createEnvironment({ VITASYNC_ADMIN_PASSWORD: '' });
    const servers = await Promise.all([
      startServerProcess(environment),
      startServerProcess(environmentOfOther(environment)),
    ]);
    try {
      const passwords = servers.flatMap(
        (server) => /Password \(shown this once\): (\S+)/.exec(server.output())?.[1] ?? [],
      );
      expect(passwords).toHaveLength(1);
      for (const { url } of servers) await new ApiClient(url).login('admin', passwords[0] ?? '');
    } finally {
      await Promise.all(servers.map((server) => server.kill('SIGTERM')));
      await environment.remove();
    }
  });
});

/** Makes the server do work under a lease until it is caught with one, and leaves it standing still. */
async function stopWithLease(pid: number, database: string, work: (n: number) => Promise<unknown>): Promise<void> {
  const couchdb = new URL(COUCHDB_URL ?? '');
  const authorization = `Basic ${Buffer.from(`${couchdb.username}:${couchdb.password}`).toString('base64')}`;
  const lease = new URL(`/${database}/lease%3Aaccounts`, `http://${couchdb.host}`);
  const isHeld = async () => {
    const response = await fetch(lease, { headers: { authorization } });
    await response.arrayBuffer();
    return response.ok;
  };
  for (let n = 0; ; n++) {
    const working = work(n);
    let over = false;
    void working.finally(() => {
      over = true;
    });
    await waitFor(async () => over || (await isHeld()), { what: 'the lease being taken' });
    process.kill(pid, 'SIGSTOP');
    // What it had sent before may still give the lease back.
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (await isHeld()) return;
    process.kill(pid, 'SIGCONT');
    await working;
  }
}
