/** RxDB's live feed beside its pull: whichever is asked and answered first, what is written meanwhile comes. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Login } from '../support/api-client.ts';
import { createNetwork, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { createRandom } from '../support/random.ts';
import { RxdbFeeds } from '../support/rxdb-feeds.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

interface DeviceDetail {
  readonly activity?: { readonly openFeeds: number };
  readonly toPull?: { readonly databases: Readonly<Record<string, unknown>> };
}

const DATABASE = 'nurse-north';
const SHORT = { timeoutMs: 10_000 };

let server: TestServer;
let doctor: Login;
let patient: ReturnType<typeof newPatient>;
let nurse: Login;
let feeds: RxdbFeeds;

beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
  doctor = await loginStaff(server.api, 'doctorNorth');
  patient = newPatient(doctor.principal);
  await server.api.as(doctor.accessToken).ok('POST', '/api/patients', patient);
});
afterAll(() => server?.close());
beforeEach(async () => {
  nurse = await loginStaff(server.api, 'nurseNorth');
  feeds = new RxdbFeeds(nurse, 'vital');
  await writeVital();
});
afterEach(() => feeds.cut());

async function writeVital(): Promise<string> {
  const vital = newDocument('vital', patient, doctor.principal);
  await server.api.as(doctor.accessToken).ok('POST', '/api/vitals', vital);
  await server.settled();
  return vital._id;
}

/** The device, which there is once it has synced. */
async function ask(): Promise<DeviceDetail | undefined> {
  const path = `/api/admin/devices/${nurse.principal.deviceId}`;
  const { status, body } = await server.admin.request<DeviceDetail>('GET', path);
  return status === 200 ? body : undefined;
}

/** The live feed has been asked `times` times, and the server waits in it. */
async function waiting(times: number): Promise<void> {
  await waitFor(() => feeds.asked.length >= times, { ...SHORT, what: 'the live feed being asked' });
  await waitFor(async () => (await ask())?.activity?.openFeeds === 1, { ...SHORT, what: 'the live feed waiting' });
}

const came = (id: string) => waitFor(() => feeds.live.includes(id), { ...SHORT, what: 'the document coming live' });

/** A pull whose page was read, and is not answered before `release` is called. */
async function heldPull() {
  const source = await server.core.roleDatabases.serving(DATABASE);
  if (!source) throw new Error('the nurses have no database');
  const leaves = source.leaves.bind(source);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const spy = vi.spyOn(source, 'leaves').mockImplementationOnce(async (ids) => {
    await held;
    return leaves(ids);
  });
  const answer = feeds.pull('0');
  await waitFor(() => spy.mock.calls.length > 0, { ...SHORT, what: 'the page being read' });
  spy.mockRestore();
  return { answer, release };
}

describe('a live feed from now', () => {
  it('misses nothing that was written while the pull beside it was being read', async () => {
    const { answer, release } = await heldPull();
    const written = await writeVital();
    void feeds.follow();
    await waiting(1);
    release();
    expect((await answer).results.map(({ id }) => id)).not.toContain(written);
    await came(written);
  });

  it('misses nothing that was written between the pull and a rebuild of the role database', async () => {
    await feeds.pull('0');
    const written = await writeVital();
    const before = await server.core.roleDatabases.serving(DATABASE);
    const path = `/api/admin/role-databases/${DATABASE}/rebuild`;
    expect((await server.admin.request('POST', path)).status).toBe(202);
    await waitFor(async () => (await server.core.roleDatabases.serving(DATABASE))?.name !== before?.name, {
      what: 'the new database being served',
    });
    void feeds.follow();
    await came(written);
  });

  it('does not send again what came live, when the device begins once more', async () => {
    const { last_seq } = await feeds.pull('0');
    const written = await writeVital();
    expect((await feeds.wait(last_seq)).results.map(({ id }) => id)).toEqual([written]);
    expect((await feeds.wait('now', { timeoutMs: 50 })).results).toEqual([]);
  });

  it('ends after a time, also with a heartbeat, so that it goes on from a position', async () => {
    const { last_seq } = await feeds.pull('0');
    expect(await feeds.wait('now', { timeoutMs: 50 })).toMatchObject({ results: [], last_seq });
    // The first one was told that the pull has ended, and may have been cut off before it heard.
    expect(await feeds.wait('now', { timeoutMs: 50 })).toMatchObject({ results: [], last_seq });
  });
});

describe('a live feed', () => {
  it('is answered when the pull beside it was, also where it is past now', async () => {
    void feeds.follow();
    await waiting(1);
    const { answer, release } = await heldPull();
    await came(await writeVital());
    await waiting(2);
    release();
    await answer;
    await waitFor(() => feeds.asked.length > 2, { ...SHORT, what: 'the live feed asking once more' });
  });

  it('and a pull that are cut off and begin again bring everything, and it is known', async () => {
    const random = createRandom('live feeds that are cut off');
    const written: string[] = [];
    const has = new Set<string>();
    let checkpoint = '0';
    /** The first requests are cut off, before they are answered or after. */
    const cutOff = (cuts: number) => (request: number) => ({
      timeoutMs: 1_000,
      signal: request < cuts ? AbortSignal.timeout(random.between(1, 40)) : undefined,
    });
    for (let start = 0; start < 16; start++) {
      feeds = new RxdbFeeds(nurse, 'vital');
      const following = feeds.follow(cutOff(random.between(0, 4)));
      const pulling = feeds.pullAtLast(checkpoint, cutOff(random.between(0, 3)));
      if (start % 4 === 3) await server.admin.request('POST', `/api/admin/role-databases/${DATABASE}/rebuild`);
      for (let n = random.between(1, 4); n > 0; n--) written.push(await writeVital());
      for (const { id } of (await pulling).results) has.add(id);
      const what = `start ${start}: everything being there`;
      await waitFor(() => written.every((id) => has.has(id) || feeds.live.includes(id)), { ...SHORT, what });
      const isKnown = async () => (await ask())?.toPull?.databases[DATABASE] === 0;
      await waitFor(isKnown, { ...SHORT, what: `start ${start}: what it has being known` });
      for (const id of feeds.live) has.add(id);
      checkpoint = feeds.asked.at(-1) ?? checkpoint;
      feeds.cut();
      await following;
    }
  });
});
