/**
 * The data folder that release 0.1.0 wrote (test/fixtures/data-folder-0.1.0), served by this one: everyone finds what they had,
 * tablets go on where they stopped, and nothing is written but what is named here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENT_BOUND_TYPES } from '../../../shared-schemas/document-types.ts';
import { parseId } from '../../../shared-schemas/ids.ts';
import { syncRules } from '../../../sync-rules/sync-rules.ts';
import { ApiClient, type Login } from '../../support/api-client.ts';
import { ADMIN_PASSWORD, COUCHDB_URL } from '../../support/environment.ts';
import { PouchDevice } from '../../support/pouch-device.ts';
import { RxdbDevice } from '../../support/rxdb-device.ts';
import { type ServerProcess, startServer, startServerProcess } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Dump } from './database-dump.ts';
import { differences, type Exemption } from './dump-comparison.ts';
import { type Contents, type OpenedFixture, openFixture, type Person, readContents, readExpected } from './fixture.ts';
import { isIdle } from './idle.ts';
import { revisionsOn, savedTablet } from './saved-tablet.ts';

const RELEASE = '0.1.0';
/** Made by the server where the device does not name itself, as none does here. */
const NEW_DEVICE = 'd[0-9a-hjkmnp-tv-z]{26}';

const EXEMPTIONS: readonly Exemption[] = [
  {
    kind: 'new document',
    database: /^accounts$/,
    id: new RegExp(`^(session:u.*|device:${NEW_DEVICE}|device-of:u.*-${NEW_DEVICE})$`),
    because: 'a login here opens a session, and one that syncs is enrolled as a device of its own',
  },
  {
    kind: 'new document',
    database: /^accounts$/,
    id: /^enrolments:u/,
    because: 'an account that enrols a device has a count of its places',
  },
  {
    kind: 'new document',
    database: /^system$/,
    id: /^(key:revisions|store:format)$/,
    because: 'names of revisions are made with a key, and an older version is told not to write',
  },
  { kind: 'new document', database: /^audit$/, id: /^audit:/, because: 'logins are written down' },
  {
    kind: 'new local',
    database: /^(doctor|nurse|pharmacist|patient)-/,
    id: new RegExp(`^${NEW_DEVICE}\\.`),
    because: 'a new tablet keeps its checkpoint',
  },
  {
    kind: 'new local',
    database: /^system$/,
    id: new RegExp(`^(locals|pushed):${NEW_DEVICE}$`),
    because: 'which checkpoints a new tablet has, and up to when it sent its changes, is noted',
  },
  { kind: 'new local', database: /^monitoring$/, id: /./, because: 'a new device did something' },
  {
    kind: 'changed local',
    database: /^monitoring$/,
    id: /./,
    because: 'devices did something, role databases were measured, time goes on in the charts',
  },
];

const refreshed = ({ tablets }: Contents): Exemption[] =>
  tablets.map(({ refreshToken, deviceId }) => ({
    kind: 'changed document',
    database: /^accounts$/,
    id: new RegExp(`^(session:${refreshToken.split('.')[0]}|device:${deviceId})$`),
    because: 'a refresh replaces the token of the session, and gives the device its secret',
  }));

let contents: Contents;
let expected: Dump;
beforeAll(async () => {
  contents = await readContents(RELEASE);
  expected = await readExpected(RELEASE);
});

const person = (username: string): Person => {
  const found = contents.people.find((one) => one.username === username);
  if (!found) throw new RangeError(username);
  return found;
};
const compared = async (fixture: OpenedFixture) =>
  differences(expected, await fixture.dump(), {
    exemptions: [...EXEMPTIONS, ...refreshed(contents)],
    local: !COUCHDB_URL,
  });
/** Ids of documents of patients, those of deleted ones too. */
const patientIds = () => Object.keys(expected.primary?.documents ?? {}).filter((id) => parseId(id)?.patientId);

describe('a data folder of 0.1.0, served as npm start serves it', () => {
  let fixture: OpenedFixture;
  let server: ServerProcess;
  let api: ApiClient;
  let admin: ApiClient;
  const devices: RxdbDevice[] = [];

  beforeAll(async () => {
    fixture = await openFixture(RELEASE);
    server = await startServerProcess(fixture.environment);
    api = new ApiClient(server.url);
    admin = api.as((await api.login('admin', ADMIN_PASSWORD)).accessToken);
    await waitFor(() => isIdle(admin), { what: 'the server being idle' });
  });
  afterAll(async () => {
    await Promise.all(devices.map((device) => device.close()));
    await server?.kill('SIGKILL');
    await fixture?.environment.remove();
  });

  const logIn = ({ username, password }: Person) => api.login(username, password);

  it('holds what this test is about', () => {
    expect(contents.heldWrites.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['not_author', 'not_allowed', 'invalid_document', 'merge_dropped']),
    );
    expect(contents.tablets).toHaveLength(2);
    const types = new Set(patientIds().map((id) => parseId(id)?.type));
    expect([...types].sort()).toEqual([...PATIENT_BOUND_TYPES].sort());
  });

  it('shows everyone over REST what they saw, at the same revisions, and nothing else', async () => {
    expect(contents.people).toHaveLength(6);
    for (const one of contents.people) {
      const client = api.as((await logIn(one)).accessToken);
      for (const id of patientIds()) {
        const { status, body } = await client.request('GET', `/api/${parseId(id)?.type}s/${id}`);
        if (one.sees[id]) expect({ id, rev: body._rev }).toEqual({ id, rev: one.sees[id] });
        else expect([403, 404]).toContain(status);
      }
    }
  });

  it('shows a patient who was referred at the other clinic only, and one who came back at the first', async () => {
    const [dora, sven] = [person('dora'), person('sven')];
    const idsOf = (one: Person, which: string) => {
      const patientId = contents.patients[which] ?? 'none';
      return Object.keys(one.sees).filter((id) => id.startsWith(patientId));
    };
    expect(idsOf(dora, 'referred')).toEqual([]);
    expect(idsOf(sven, 'referred')).toHaveLength(6);
    expect(idsOf(dora, 'returned')).toHaveLength(4);
    expect(idsOf(sven, 'returned')).toEqual([]);
    for (const one of [dora, sven]) {
      const client = api.as((await logIn(one)).accessToken);
      const { items } = await client.ok<{ items: { _id: string }[] }>('GET', '/api/patients');
      const seen = Object.keys(one.sees).filter((id) => id.endsWith(':patient'));
      expect(items.map(({ _id }) => _id).sort()).toEqual(seen.sort());
    }
  });

  it('fills new PouchDB tablets with what everyone had', async () => {
    for (const one of contents.people) {
      const device = new PouchDevice(await logIn(one));
      await device.sync();
      expect(await revisionsOn(device)).toEqual(one.sees);
    }
  });

  it('fills a new RxDB tablet', async () => {
    const nina = person('nina');
    const device = await RxdbDevice.start(await logIn(nina));
    devices.push(device);
    await device.awaitInSync();
    const held = await Promise.all(device.types.map((type) => device.all(type)));
    const ofPatients = held.flat().filter(({ _id }) => parseId(_id)?.patientId);
    expect(ofPatients.map(({ _id }) => _id).sort()).toEqual(Object.keys(nina.sees).sort());
    expect(await device.errors()).toEqual([]);
    await device.close();
  });

  it('goes on with the tablets of then, by their sessions: they have nothing to send and nothing to fetch', async () => {
    for (const { deviceId, refreshToken, holds } of contents.tablets) {
      const tokens = await api.ok<Login>('POST', '/api/token/refresh', { refreshToken });
      expect(tokens.deviceSecret).toMatch(/^[\w-]{43}$/);
      const identity = await api.as(tokens.accessToken).ok<Login>('GET', '/api/me');
      expect(identity.principal.deviceId).toBe(deviceId);
      const device = await savedTablet({ ...identity, ...tokens }, fixture.tabletFolder(deviceId));
      expect(await revisionsOn(device)).toEqual(holds);
      const pushed = await device.local.replicate.to(device.remote);
      const pulled = await device.local.replicate.from(device.remote);
      expect(pulled).toMatchObject({ ok: true, docs_written: 0 });
      // The CouchDB was loaded without their checkpoints: they ask anew, and their refused writes are refused anew.
      if (!COUCHDB_URL) expect([pushed.docs_read, pulled.docs_read]).toEqual([0, 0]);
      expect(await revisionsOn(device)).toEqual(holds);
      await device.local.close();
    }
  });

  it('lists the held writes, decided and open, with their reasons', async () => {
    const { items } = await admin.ok<{ items: unknown[] }>('GET', '/api/admin/held-writes?state=all');
    expect(items).toHaveLength(contents.heldWrites.length);
    expect(items).toMatchObject(contents.heldWrites);
    // Entries of then have the id of the session.
    for (const { id } of contents.heldWrites) {
      const detail = await admin.ok('GET', `/api/admin/held-writes/${id}`);
      expect(JSON.stringify(detail)).not.toContain('sessionId');
    }
  });

  it('ends with status 0 on SIGTERM, and every database is as it was', async () => {
    expect(await server.kill('SIGTERM')).toBe(0);
    expect(await compared(fixture)).toEqual([]);
  });
});

it('a change of the rules that changes nobody’s view builds role databases anew, with the same in them', async () => {
  const fixture = await openFixture(RELEASE);
  const rules = { ...syncRules, fingerprint: `${syncRules.fingerprint} in other words` };
  const server = await startServer({ environment: fixture.environment, rules });
  const { roleDatabases } = server.core;
  await waitFor(() => roleDatabases.list().every((state) => roleDatabases.isCurrent(state) && !state.building), {
    what: 'the builds',
  });
  await server.settled();
  await server.stop();
  expect(await compared(fixture)).toEqual([]);
  await fixture.environment.remove();
});
