/** Documents that came without their patient: who is shown them when, and what ends that. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WaitingDocument } from '../../server/documents/waiting-documents.ts';
import { childRevision } from '../../server/store/revisions.ts';
import type { Login } from '../support/api-client.ts';
import { authored, createNetwork, edited, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

const DAY_MS = 86_400_000;
const LIST = '/api/admin/waiting-documents';

interface Page {
  readonly items: readonly (WaitingDocument & { readonly userName?: string })[];
  readonly nextCursor?: string;
}
interface Overview {
  readonly findings: readonly { readonly code: string; readonly href: string; readonly since?: string }[];
}

let server: TestServer;
let doctor: Login;
let days = 0;
const nowMs = () => Date.now() + days * DAY_MS;

beforeAll(async () => {
  server = await startServer({ nowMs });
  await createNetwork(server.admin);
  doctor = await loginStaff(server.api, 'doctorNorth');
});
afterAll(() => server?.close());

const list = (query = '') => server.admin.ok<Page>('GET', `${LIST}${query}`);
const listed = async () => (await list('?limit=500')).items.map(({ documentId }) => documentId);
const findings = async () =>
  (await server.admin.ok<Overview>('GET', '/api/admin/overview')).findings.filter(
    ({ code }) => code === 'documents_waiting',
  );
/** By the clock of the tablet, which is the server's. */
const editedNow = () => ({ ...edited(doctor.principal), updatedAt: new Date(nowMs()).toISOString() });
const tablet = () => new PouchDevice(doctor);

/** A record that a tablet pushes, of a patient that it does not; `arrived` days ago once `days` are over. */
async function orphan(device = tablet()) {
  const patient = newPatient(doctor.principal);
  const record = newDocument('record', patient, doctor.principal, authored(doctor.principal, nowMs()));
  await device.put(record);
  await device.push();
  expect(device.denied).toEqual([]);
  return { device, patient, record };
}

/** What is kept of them, whatever is listed. */
async function entries(): Promise<string[]> {
  const held = await server.core.store.open(`${server.environment.env.VITASYNC_DB_PREFIX}-held`);
  return (await held.range({ prefix: 'waiting', limit: 1_000 })).map(({ id }) => id);
}
const entriesOf = async (documentId: string) => (await entries()).filter((id) => id.endsWith(documentId));

describe('a document whose patient has not come', () => {
  it('is listed, and found, after 30 days, without anything that it says', async () => {
    const { record } = await orphan();
    days += 29;
    expect(await listed()).not.toContain(record._id);
    expect(await findings()).toEqual([]);
    days += 2;
    const { items } = await list();
    const item = items.find(({ documentId }) => documentId === record._id);
    expect(item).toEqual({
      documentId: record._id,
      type: 'record',
      patientId: record.patientId,
      clinicIds: ['north'],
      userId: doctor.principal.userId,
      userName: 'doctorNorth',
      deviceId: doctor.principal.deviceId,
      arrivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(Date.parse(item?.arrivedAt ?? '')).toBeGreaterThan(nowMs() - 32 * DAY_MS);
    expect(await findings()).toMatchObject([{ href: '/admin/waiting-documents', since: items[0]?.arrivedAt }]);
    for (const client of [server.api.as(doctor.accessToken), server.api])
      expect([401, 403]).toContain((await client.request('GET', LIST)).status);
  });

  it('keeps the time of its arrival when it is changed', async () => {
    const { device, record } = await orphan();
    const before = await entriesOf(record._id);
    expect(before).toHaveLength(2);
    days += 10;
    await device.put({ ...(await device.get(record._id)), notes: 'Better', ...editedNow() });
    await device.push();
    expect(await entriesOf(record._id)).toEqual(before);
    days += 21;
    expect(await listed()).toContain(record._id);
  });

  it('waits no longer when the patient comes, before and after it was listed', async () => {
    const [early, late] = [await orphan(), await orphan()];
    await early.device.put(early.patient);
    await early.device.push();
    expect(await entriesOf(early.record._id)).toEqual([]);
    days += 31;
    expect(await listed()).toContain(late.record._id);
    await late.device.put(late.patient);
    await late.device.push();
    expect(await listed()).not.toContain(late.record._id);
    expect(await entriesOf(late.record._id)).toEqual([]);
  });

  it('waits no longer when it is deleted, and anew when it is brought back', async () => {
    const { device, record } = await orphan();
    const gone = { ...(await device.get(record._id)), _deleted: true, ...editedNow() };
    await device.put(gone);
    await device.push();
    expect(await entriesOf(record._id)).toEqual([]);
    days += 31;
    expect(await listed()).not.toContain(record._id);
    await device.put({ ...record, ...editedNow() });
    await device.push();
    expect(await listed()).not.toContain(record._id);
    days += 31;
    expect(await listed()).toContain(record._id);
  });

  it('is not noted where the patient comes in the same batch, behind it', async () => {
    const [patient, device] = [newPatient(doctor.principal), tablet()];
    const record = newDocument('record', patient, doctor.principal);
    await device.put(record);
    await device.put(patient);
    await device.push();
    expect(await entriesOf(record._id)).toEqual([]);
  });

  it('is not listed any more once the patient was erased', async () => {
    const { record, patient } = await orphan();
    days += 31;
    expect(await listed()).toContain(record._id);
    await server.admin.ok('POST', `/api/patients/${patient.patientId}/erasure`, { confirm: patient.patientId });
    expect(await entriesOf(record._id)).toEqual([]);
    expect(await listed()).not.toContain(record._id);
  });
});

describe('an entry that stands for nothing', () => {
  const written = (patient = newPatient(doctor.principal)) => {
    const { _id, ...body } = newDocument('record', patient, doctor.principal);
    return childRevision(undefined, _id, body);
  };

  it('as the process stopped before the document was stored, is removed by the list', async () => {
    const { core } = server;
    const revision = written();
    await core.waiting.keep([revision]);
    expect(await list('?limit=500')).toBeDefined();
    // The document may be on its way.
    expect(await entriesOf(revision.id)).toHaveLength(2);
    days += 31;
    expect(await listed()).not.toContain(revision.id);
    expect(await entriesOf(revision.id)).toEqual([]);
  });

  it('as another server took the patient at the same moment, is removed by the list', async () => {
    const patient = newPatient(doctor.principal);
    const [device, revision] = [tablet(), written(patient)];
    await device.put(patient);
    await device.push();
    await device.put({ _id: revision.id, ...revision.body });
    await device.push();
    await server.core.waiting.keep([revision]);
    days += 31;
    expect(await listed()).not.toContain(revision.id);
    expect(await entriesOf(revision.id)).toEqual([]);
  });

  it('as two servers noted the document at the same moment, does not make it stand there twice', async () => {
    const { record } = await orphan();
    const held = await server.core.store.open(`${server.environment.env.VITASYNC_DB_PREFIX}-held`);
    const [mark] = (await entriesOf(record._id)).filter((id) => id.startsWith('waiting-since:'));
    const later = mark?.replace(/\.\d{3}Z/, '.000Z').replace(/since:\d{4}/, 'since:2020') ?? '';
    await held.write([childRevision(undefined, later, {})]);
    days += 31;
    expect((await listed()).filter((id) => id === record._id)).toHaveLength(1);
    expect(await entriesOf(record._id)).not.toContain(later);
  });
});

describe('the list', () => {
  it('is in the order of arrival, and goes on where a page ended', async () => {
    const device = tablet();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      ids.push((await orphan(device)).record._id);
      days += 1;
    }
    days += 30;
    for (const order of ['oldest', 'newest']) {
      const found: string[] = [];
      for (let cursor = ''; ; ) {
        const { items, nextCursor } = await list(`?limit=2&order=${order}${cursor}`);
        found.push(...items.map(({ documentId }) => documentId));
        if (nextCursor === undefined) break;
        expect(items).toHaveLength(2);
        cursor = `&cursor=${nextCursor}`;
      }
      const wanted = order === 'oldest' ? ids : [...ids].reverse();
      expect(found.filter((id) => ids.includes(id))).toEqual(wanted);
      expect(new Set(found).size).toBe(found.length);
    }
    expect((await server.admin.request('GET', `${LIST}?cursor=elsewhere`)).status).toBe(400);
  });
});
