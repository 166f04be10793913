/** REST for patients, records and clinics: the same rules as sync, in the dialect of REST. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPatientId, newUlid } from '../../shared-schemas/ids.ts';
import type { ApiClient, Login } from '../support/api-client.ts';
import { createNetwork, createPatientAccount, loginStaff } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

interface Document {
  readonly _id: string;
  readonly _rev: string;
  readonly patientId: string;
  readonly [field: string]: unknown;
}
interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly reason?: string;
  readonly faults?: readonly { path: string; rule?: string }[];
}

let server: TestServer;
const logins: Record<string, Login> = {};
const as: Record<string, ApiClient> = {};

beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
  for (const name of ['doctorNorth', 'nurseNorth', 'pharmacistNorth', 'nurseSouth'] as const) {
    logins[name] = await loginStaff(server.api, name);
    as[name] = server.api.as(logins[name].accessToken);
  }
  as.admin = server.admin;
});
afterAll(() => server?.close());

const client = (name: string): ApiClient => as[name] as ApiClient;
const PERSON = { firstName: 'Ada', lastName: 'Example', sex: 'female', birthDate: '1980-05-17' };
const newPatient = (name = 'doctorNorth', more = {}) =>
  client(name).ok<Document>('POST', '/api/patients', { ...PERSON, ...more });
const newRecord = (patient: Document, more = {}, name = 'doctorNorth') =>
  client(name).ok<Document>('POST', '/api/records', {
    patientId: patient.patientId,
    diagnosis: 'Acute bronchitis',
    ...more,
  });

describe('patients', () => {
  it('are created, read by either id, listed, updated and deleted', async () => {
    const created = await client('doctorNorth').request<Document>('POST', '/api/patients', PERSON);
    expect(created.status).toBe(201);
    const patient = created.body;
    expect(created.headers.get('location')).toContain(encodeURIComponent(patient._id));
    expect(patient).toMatchObject({
      ...PERSON,
      type: 'patient',
      clinicIds: ['north'],
      createdBy: logins.doctorNorth?.principal.userId,
    });
    for (const id of [patient.patientId, patient._id])
      expect(await client('nurseNorth').ok('GET', `/api/patients/${id}`)).toEqual(patient);
    const updated = await client('nurseNorth').ok<Document>('PUT', `/api/patients/${patient.patientId}`, {
      ...patient,
      phoneNumber: '555 0100',
    });
    expect(updated).toMatchObject({ phoneNumber: '555 0100', updatedBy: logins.nurseNorth?.principal.userId });
    expect((await server.admin.request('DELETE', `/api/patients/${patient.patientId}`)).status).toBe(204);
    expect((await client('nurseNorth').request('GET', `/api/patients/${patient.patientId}`)).status).toBe(404);
  });

  it('are not for a pharmacist, and those of other clinics are not known', async () => {
    const patient = await newPatient();
    for (const path of [`/api/patients/${patient.patientId}`, '/api/patients'])
      expect(await client('pharmacistNorth').request('GET', path)).toMatchObject({
        status: 403,
        body: { code: 'refused', reason: 'not_allowed' },
      });
    expect((await client('nurseSouth').request('GET', `/api/patients/${patient.patientId}`)).status).toBe(404);
    const refused = await client('pharmacistNorth').request<Problem>('POST', '/api/patients', PERSON);
    expect(refused).toMatchObject({ status: 403, body: { code: 'refused', reason: 'not_allowed' } });
  });

  it('come in pages', async () => {
    for (let n = 0; n < 5; n++) await newPatient();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client('doctorNorth').ok<{ items: Document[]; nextCursor?: string }>(
        'GET',
        `/api/patients?limit=2${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
      );
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ _id }) => _id));
      cursor = page.nextCursor;
    } while (cursor);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(5);
  });

  it('are updated only at the revision that was read', async () => {
    const patient = await newPatient();
    const put = (headers = {}, body: object = { ...PERSON, address: '1 High Street' }) =>
      client('nurseNorth').request<Problem>('PUT', `/api/patients/${patient.patientId}`, body, headers);
    expect(await put()).toMatchObject({ status: 400, body: { code: 'invalid_input', faults: [{ path: '_rev' }] } });
    expect((await put({ 'if-match': `"${patient._rev}"` })).status).toBe(200);
    expect(await put({ 'if-match': `"${patient._rev}"` })).toMatchObject({
      status: 412,
      body: { code: 'precondition_failed' },
    });
    expect(await put({}, { ...PERSON, _rev: patient._rev })).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await put({ 'if-match': '*' })).status).toBe(200);
  });

  it('keep what a role does not see when that role writes', async () => {
    const patient = await newPatient('doctorNorth', { staffNotes: 'Anxious about needles' });
    const login = await createPatientAccount(server.admin, patient.patientId);
    const own = server.api.as(login.accessToken);
    const seen = await own.ok<Document>('GET', `/api/patients/${patient.patientId}`);
    expect(seen.staffNotes).toBeUndefined();
    await own.ok('PUT', `/api/patients/${patient.patientId}`, { ...seen, email: 'ada@example.org' });
    expect(await client('doctorNorth').ok('GET', `/api/patients/${patient.patientId}`)).toMatchObject({
      email: 'ada@example.org',
      staffNotes: 'Anxious about needles',
    });
    const refused = await own.request<Problem>('PUT', `/api/patients/${patient.patientId}`, {
      ...(await own.ok<Document>('GET', `/api/patients/${patient.patientId}`)),
      lastName: 'Other',
    });
    expect(refused).toMatchObject({ status: 403, body: { reason: 'field_not_allowed', fields: ['lastName'] } });
  });

  it('that are referred take their records along, and leave', async () => {
    const patient = await newPatient();
    const record = await newRecord(patient);
    await client('nurseNorth').ok('PUT', `/api/patients/${patient.patientId}`, { ...patient, clinicIds: ['south'] });
    expect(await client('nurseSouth').ok('GET', `/api/records/${record._id}`)).toMatchObject({
      diagnosis: 'Acute bronchitis',
      clinicIds: ['south'],
    });
    expect((await client('doctorNorth').request('GET', `/api/records/${record._id}`)).status).toBe(404);
    const unknown = await newPatient();
    expect(
      await client('nurseNorth').request('PUT', `/api/patients/${unknown.patientId}`, {
        ...unknown,
        clinicIds: ['atlantis'],
      }),
    ).toMatchObject({ status: 403, body: { reason: 'unknown_clinic' } });
  });
});

describe('records', () => {
  it('are their author’s to change, and confidential ones are not for nurses', async () => {
    const patient = await newPatient();
    const [open, secret] = [await newRecord(patient), await newRecord(patient, { confidential: true })];
    const { items } = await client('nurseNorth').ok<{ items: Document[] }>(
      'GET',
      `/api/records?patientId=${patient.patientId}`,
    );
    expect(items.map(({ _id }) => _id)).toEqual([open._id]);
    expect((await client('nurseNorth').request('GET', `/api/records/${secret._id}`)).status).toBe(404);
    expect(
      await client('nurseNorth').request('PUT', `/api/records/${open._id}`, { ...open, diagnosis: 'Other' }),
    ).toMatchObject({ status: 403, body: { reason: 'not_author' } });
    expect((await client('doctorNorth').request('DELETE', `/api/records/${open._id}`)).status).toBe(204);
    expect((await client('doctorNorth').request('DELETE', `/api/records/${open._id}`)).status).toBe(404);
  });

  it('that do not fit the schema are told all their faults, and nothing is stored', async () => {
    const patient = await newPatient();
    const before = (await server.core.primary.info()).updateSeq;
    const answer = await client('doctorNorth').request<Problem>('POST', '/api/records', {
      patientId: patient.patientId,
      confidential: 'yes',
      surprise: 1,
    });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body.faults?.map(({ path, rule }) => `${path} ${rule}`).sort()).toEqual([
      '/confidential type',
      '/diagnosis required',
      '/surprise additionalProperties',
    ]);
    expect((await server.core.primary.info()).updateSeq).toBe(before);
    expect(await server.core.held.list(10)).toEqual([]);
  });

  it('belong to a patient that one can see', async () => {
    const patient = await newPatient();
    const post = (patientId: unknown, more = {}) =>
      client('nurseSouth').request<Problem>('POST', '/api/records', { patientId, diagnosis: 'x', ...more });
    for (const patientId of [patient.patientId, newPatientId()])
      expect(await post(patientId)).toMatchObject({
        status: 403,
        body: { code: 'refused', reason: 'unknown_patient' },
      });
    for (const patientId of ['nobody', 5, undefined]) {
      expect(await post(patientId, { surprise: 1 })).toMatchObject({
        status: 422,
        body: { faults: [{ path: '/patientId' }, { path: '/surprise' }] },
      });
    }
  });

  it('link to documents of the patient that one can see', async () => {
    const [patient, other] = [await newPatient(), await newPatient()];
    const vital = await client('nurseNorth').ok<Document>('POST', '/api/vitals', { patientId: patient.patientId });
    const linked = await newRecord(patient, { vitalId: vital._id });
    expect(linked.vitalId).toBe(vital._id);
    const post = (vitalId: string) =>
      client('doctorNorth').request<Problem>('POST', '/api/records', {
        patientId: patient.patientId,
        diagnosis: 'x',
        vitalId,
      });
    const faults = [{ path: '/vitalId', rule: 'link' }];
    expect(await post(`${patient.patientId}:vital:${newUlid()}`)).toMatchObject({ status: 422, body: { faults } });
    for (const foreign of [`${other.patientId}:vital:${newUlid()}`, linked._id])
      expect(await post(foreign)).toMatchObject({ status: 403, body: { reason: 'foreign_link', fields: ['vitalId'] } });
  });

  it('take a client-made id, once', async () => {
    const patient = await newPatient();
    const _id = `${patient.patientId}:record:${newUlid()}`;
    expect((await newRecord(patient, { _id }))._id).toBe(_id);
    expect(
      await client('doctorNorth').request('POST', '/api/records', {
        _id,
        patientId: patient.patientId,
        diagnosis: 'again',
      }),
    ).toMatchObject({ status: 409 });
    expect(
      await client('doctorNorth').request('POST', '/api/records', {
        _id: `${patient.patientId}:vital:${newUlid()}`,
        patientId: patient.patientId,
        diagnosis: 'x',
      }),
    ).toMatchObject({ status: 422, body: { faults: [{ path: '/_id' }] } });
  });

  it('are online what they are on a tablet, and an own write is there at once', async () => {
    const patient = await newPatient();
    await newRecord(patient);
    await newRecord(patient, { confidential: true });
    for (const name of ['doctorNorth', 'nurseNorth']) {
      const device = new PouchDevice(logins[name] as Login);
      await device.pull();
      const offline = [...(await device.documents()).values()].filter(({ type }) => type === 'record');
      const online: Document[] = [];
      let path = '/api/records?limit=500';
      for (;;) {
        const page = await client(name).ok<{ items: Document[]; nextCursor?: string }>('GET', path);
        online.push(...page.items);
        if (!page.nextCursor) break;
        path = `/api/records?limit=500&cursor=${encodeURIComponent(page.nextCursor)}`;
      }
      const bare = online.map(({ _rev, ...document }) => document);
      expect(bare.sort((a, b) => (a._id < b._id ? -1 : 1))).toEqual(
        offline.sort((a, b) => (String(a._id) < String(b._id) ? -1 : 1)),
      );
    }
  });
});

describe('clinics', () => {
  it('are listed by everyone, and added by an administrator only, once', async () => {
    const { items } = await client('pharmacistNorth').ok<{ items: Document[] }>('GET', '/api/clinics');
    expect(items.map(({ slug }) => slug)).toEqual(['north', 'south']);
    expect(await client('nurseSouth').ok('GET', '/api/clinics/north')).toEqual(items[0]);
    expect((await client('doctorNorth').request('POST', '/api/clinics', { slug: 'east', name: 'East' })).status).toBe(
      403,
    );
    expect(await server.admin.request('POST', '/api/clinics', { slug: 'north', name: 'Again' })).toMatchObject({
      status: 409,
      body: { code: 'clinic_exists' },
    });
    expect(await server.admin.request('POST', '/api/clinics', { slug: 'No Slug', name: '', more: 1 })).toMatchObject({
      status: 422,
      body: { faults: [{ path: '/slug' }, { path: '/more' }, { path: '/name' }] },
    });
    expect((await server.admin.request('POST', '/api/clinics', { slug: 'north', name: 'Clinic north' })).status).toBe(
      200,
    );
  });

  it('cannot be deleted while patients are in their care', async () => {
    await server.admin.ok('POST', '/api/clinics', { slug: 'short-lived', name: 'Short-lived' });
    const { patientId } = await server.admin.ok<Document>('POST', '/api/patients', {
      ...PERSON,
      clinicIds: ['short-lived'],
    });
    expect(await server.admin.request('DELETE', '/api/clinics/short-lived')).toMatchObject({
      status: 403,
      body: { reason: 'clinic_in_use' },
    });
    await server.admin.ok('PATCH', `/api/patients/${patientId}`, { clinicIds: ['north'] });
    expect((await server.admin.request('DELETE', '/api/clinics/short-lived')).status).toBe(204);
    expect((await server.admin.request('GET', '/api/clinics/short-lived')).status).toBe(404);
  });
});

describe('malformed requests', () => {
  it.each([
    ['POST', '/api/patients', '{"a":', 400],
    ['POST', '/api/patients', '[]', 400],
    ['POST', '/api/patients', '"text"', 400],
    ['POST', '/api/patients', 'null', 400],
    ['POST', '/api/patients', '{"__proto__":{"admin":true}}', 400],
    ['POST', '/api/patients', '{"constructor":{"prototype":{}}}', 422],
    ['GET', '/api/patients?limit=-1', undefined, 400],
    ['GET', '/api/patients?limit=2&limit=3', undefined, 400],
    ['GET', '/api/patients?unknown=1', undefined, 400],
    ['GET', '/api/patients/%2e%2e%2fadmin', undefined, 404],
    ['GET', '/api/patients/%', undefined, 400],
    ['PATCH', '/api/patients', '{}', 405],
    ['GET', '/api/nothing', undefined, 404],
  ])('%s %s %s get a problem that says so', async (method, path, body, status) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${logins.doctorNorth?.accessToken}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body }),
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status, code: expect.any(String), detail: expect.any(String) });
  });
});
