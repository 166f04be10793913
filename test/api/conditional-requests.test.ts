/** ETag, If-Match, If-None-Match, merge patches, and requests that are sent again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newUlid } from '../../shared-schemas/ids.ts';
import { type ApiDocument, ApiNetwork, type Problem } from './api-network.ts';

let network: ApiNetwork;
let patient: ApiDocument;
beforeAll(async () => {
  network = await ApiNetwork.start();
  patient = await network.patient();
});
afterAll(() => network?.close());

const doctor = () => network.as('doctorNorth');
const newRecord = (more = {}) =>
  network.add('doctorNorth', 'records', {
    patientId: patient.patientId,
    diagnosis: 'Influenza',
    notes: 'Fever',
    ...more,
  });

describe('reading', () => {
  it('answers 304 to who has the revision', async () => {
    const { _id, _rev } = await newRecord();
    const first = await doctor().request('GET', `/api/records/${_id}`);
    expect(first.headers.get('etag')).toBe(`"${_rev}"`);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    const again = (tag: string) => doctor().request('GET', `/api/records/${_id}`, undefined, { 'if-none-match': tag });
    expect(await again(`"${_rev}"`)).toMatchObject({ status: 304, body: {} });
    expect((await again(`W/"other", "${_rev}"`)).status).toBe(304);
    expect((await again('"1-other"')).status).toBe(200);
  });

  it('answers 304 to who has the page of a list, until something on it changes', async () => {
    const path = `/api/patients/${patient.patientId}/records`;
    const etag = (await doctor().request('GET', path)).headers.get('etag') ?? '';
    const again = () => doctor().request('GET', path, undefined, { 'if-none-match': etag });
    expect((await again()).status).toBe(304);
    await newRecord();
    expect((await again()).status).toBe(200);
  });
});

describe('a patch', () => {
  it('changes its fields, removes those that are null, and leaves the rest', async () => {
    const { _id, _rev, ...before } = await newRecord();
    const patch = { notes: null, diagnosisCode: 'J11' };
    const headers = { 'content-type': 'application/merge-patch+json' };
    const { status, body } = await doctor().request<ApiDocument>('PATCH', `/api/records/${_id}`, patch, headers);
    const { notes: _, ...rest } = before;
    expect(status).toBe(200);
    expect(body).toEqual({
      ...rest,
      _id,
      _rev: expect.stringMatching(/^2-/),
      diagnosisCode: 'J11',
      updatedAt: body.updatedAt,
    });
  });

  it('reaches into objects', async () => {
    const { patientId } = await network.patient({ emergencyContact: { name: 'Bo', relationship: 'brother' } });
    await doctor().ok('PATCH', `/api/patients/${patientId}`, {
      emergencyContact: { relationship: null, phoneNumber: '1' },
    });
    const { emergencyContact } = await doctor().ok<ApiDocument>('GET', `/api/patients/${patientId}`);
    expect(emergencyContact).toEqual({ name: 'Bo', phoneNumber: '1' });
  });

  it('is stored where nobody asked for a revision, whatever else happens meanwhile', async () => {
    const { patientId } = await network.patient();
    const fields = ['phoneNumber', 'email', 'address', 'identityNumber', 'staffNotes'];
    const values = Object.fromEntries(
      fields.map((field, n) => [field, field === 'email' ? `a${n}@example.org` : `${n}`]),
    );
    await Promise.all(
      fields.map((field) => doctor().ok('PATCH', `/api/patients/${patientId}`, { [field]: values[field] })),
    );
    expect(await doctor().ok('GET', `/api/patients/${patientId}`)).toMatchObject(values);
  });

  it('with another revision is refused, by If-Match and by _rev', async () => {
    const { _id, _rev } = await newRecord();
    await doctor().ok('PATCH', `/api/records/${_id}`, { notes: 'Better' });
    const patch = (body: object, headers = {}) =>
      doctor().request<Problem>('PATCH', `/api/records/${_id}`, body, headers);
    expect(await patch({ notes: 'x' }, { 'if-match': `"${_rev}"` })).toMatchObject({ status: 412 });
    expect(await patch({ notes: 'x', _rev })).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const removal = await doctor().request('DELETE', `/api/records/${_id}`, undefined, { 'if-match': `"${_rev}"` });
    expect(removal.status).toBe(412);
    expect(await doctor().ok('GET', `/api/records/${_id}`)).toMatchObject({ notes: 'Better' });
  });

  it('that two send for the same revision is stored once', async () => {
    const { _id, _rev } = await newRecord();
    const answers = await Promise.all(
      ['one', 'two', 'three'].map((notes) =>
        doctor().request('PATCH', `/api/records/${_id}`, { notes }, { 'if-match': `"${_rev}"` }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  });
});

describe('a request that is sent again', () => {
  const post = (body: Record<string, unknown>, headers: Record<string, string> = {}) =>
    doctor().request<ApiDocument & Problem>('POST', '/api/records', { patientId: patient.patientId, ...body }, headers);

  it('stores nothing twice, by its own id or by its key', async () => {
    const own = { _id: `${patient.patientId}:record:${newUlid()}`, diagnosis: 'Gout' };
    const keyed = { 'idempotency-key': 'gout-2' };
    for (const [body, headers] of [
      [own, {}],
      [{ diagnosis: 'Gout' }, keyed],
    ] as const) {
      const first = await post(body, headers);
      expect(first.status).toBe(201);
      expect(await post(body, headers)).toMatchObject({ status: 200, body: first.body });
      // What became of it in between is answered, and left alone.
      const changed = await doctor().ok<ApiDocument>('PATCH', `/api/records/${first.body._id}`, { notes: 'Toe' });
      expect(await post(body, headers)).toMatchObject({ status: 200, body: changed });
      expect(await post({ ...body, diagnosis: 'Other' }, headers)).toMatchObject({
        status: 409,
        body: { code: 'conflict' },
      });
      await doctor().ok('DELETE', `/api/records/${first.body._id}`);
      expect(await post(body, headers)).toMatchObject({ status: 409, body: { code: 'conflict' } });
      expect((await doctor().request('GET', `/api/records/${first.body._id}`)).status).toBe(404);
    }
  });

  it('at the same moment stores one document', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post({ diagnosis: 'Measles' }, { 'idempotency-key': 'at once' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body._id)).size).toBe(1);
  });

  it('by another person with the same key is another request', async () => {
    const ids = new Set<string>();
    for (const name of ['doctorNorth', 'nurseNorth'] as const) {
      const answer = await network
        .as(name)
        .request<ApiDocument>('POST', '/api/vitals', { patientId: patient.patientId }, { 'idempotency-key': 'k' });
      expect(answer.status).toBe(201);
      ids.add(answer.body._id);
    }
    expect(ids.size).toBe(2);
  });
});
