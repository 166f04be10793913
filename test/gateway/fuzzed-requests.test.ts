/** What the fuzzer found, each as the smallest request that did it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Login } from '../support/api-client.ts';
import { createNetwork, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { syncRequest } from '../support/sync-request.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let nurse: Login;
let patient: ReturnType<typeof newPatient>;

beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
  nurse = await loginStaff(server.api, 'nurseNorth');
  patient = newPatient(nurse.principal);
  expect((await post('/_bulk_docs', { docs: [patient] })).status).toBe(201);
});
afterAll(() => server?.close());

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await syncRequest(nurse, method, path, body);
  return { status: response.status, body: await response.json() };
}
const post = (path: string, body: unknown) => ask('POST', path, body);
const vital = () => newDocument('vital', patient, nurse.principal);

describe('a revision with a second hyphen, which PouchDB takes for none', () => {
  it.each([
    ['as the revision', { _rev: '1-a-b' }],
    ['as the revision, with nothing but hyphens', { _rev: '1--' }],
    ['as an ancestor', { _rev: '2-a', _revisions: { start: 2, ids: ['a', 'b-c'] } }],
  ])('%s of a row is refused, and stops no other', async (_, revision) => {
    const [bad, good] = [vital(), vital()];
    const answer = await post('/_bulk_docs', {
      docs: [
        { ...bad, ...revision },
        { ...good, _rev: '1-a' },
      ],
      new_edits: false,
    });
    expect(answer).toMatchObject({ status: 201, body: [{ id: bad._id, code: 'invalid_revision' }] });
    expect((await ask('GET', `/${good._id}`)).status).toBe(200);
  });

  it('as what is changed is in conflict, and as what is asked for is not there', async () => {
    const [bad, good] = [vital(), vital()];
    const answer = await post('/_bulk_docs', { docs: [{ ...bad, _rev: '1-a-b' }, good] });
    expect(answer).toMatchObject({ status: 201, body: [{ id: bad._id, error: 'conflict' }, { ok: true }] });
    const docs = [{ id: good._id, rev: '1-a-b' }, { id: good._id }];
    const found = await post('/_bulk_get', { docs });
    expect(found).toMatchObject({ status: 200, body: { results: [{}, { docs: [{ ok: { _id: good._id } }] }] } });
    expect((await post('/_revs_diff', { [good._id]: ['1-a-b'] })).body).toEqual({
      [good._id]: { missing: ['1-a-b'] },
    });
    expect((await ask('GET', `/${good._id}?rev=1-a-b`)).status).toBe(404);
  });
});

it('OPTIONS is not served, with any path', async () => {
  for (const path of ['', '/_changes', '/_bulk_docs', '/x', '/vital/_changes'])
    expect(await ask('OPTIONS', path)).toMatchObject({ status: 404, body: { error: 'not_found' } });
});

describe('a value that cannot be made a text', () => {
  const VALUES = [{ toString: 1, valueOf: null }, [{ toString: 1 }]];
  const FIELDS = [
    'updatedAt',
    'updatedBy',
    'createdAt',
    'createdBy',
    'clinicIds',
    'formerClinicIds',
    'deviceId',
    'type',
    'patientId',
    'recordId',
    'status',
    '_deleted',
    '_foo',
  ];
  const rowsOf = (document: object) =>
    VALUES.flatMap((value) => FIELDS.map((field) => ({ ...document, [field]: value })));

  it.each([true, false])(
    'in any field of a new document, an edit or a deletion stops no other (new_edits %s)',
    async (new_edits) => {
      const [known, good] = [vital(), vital()];
      const stored = await post('/_bulk_docs', { docs: [known] });
      const [{ rev } = { rev: '' }] = stored.body as { rev: string }[];
      const base = new_edits ? { _rev: rev } : { _rev: '2-a', _revisions: { start: 2, ids: ['a', rev.slice(2)] } };
      const deletion = { _id: known._id, _deleted: true, ...base };
      const docs = [
        ...rowsOf(vital()),
        ...rowsOf({ ...known, ...base }),
        ...rowsOf(deletion),
        ...rowsOf({ _id: known._id, _deleted: true }),
      ];
      const first = new_edits ? good : { ...good, _rev: '1-a' };
      for (const path of ['', '/vital'])
        expect((await post(`${path}/_bulk_docs`, { docs: [...docs, first], new_edits })).status).toBe(201);
      expect((await ask('GET', `/${good._id}`)).status).toBe(200);
    },
  );

  it('is kept, and can be reviewed', async () => {
    const bad = { ...vital(), updatedAt: VALUES[0], createdAt: VALUES[0] };
    await post('/_bulk_docs', { docs: [bad] });
    const { items } = await server.admin.ok<{ items: { id: string; documentId: string }[] }>(
      'GET',
      '/api/admin/held-writes',
    );
    const id = items.find(({ documentId }) => documentId === bad._id)?.id;
    const { status } = await server.admin.request('POST', `/api/admin/held-writes/${id}/accept`, {});
    expect([400, 403, 409, 422]).toContain(status);
  });
});

describe('a past that gives two generations one name', () => {
  const leavesOf = async (id: string) => (await server.core.primary.leaves([id])).get(id);
  const deletion = (_id: string, start: number, ids: readonly string[]) => ({
    _id,
    _deleted: true,
    _rev: `${start}-${ids[0]}`,
    _revisions: { start, ids },
  });

  it.each([
    ['by itself', 3, ['b', 'b', 'a']],
    ['with what is known', 2, ['a', 'a']],
    ['with what is known, which it does not name', 3, ['a']],
  ])('%s is refused: a deletion would be read as a document that is there', async (_, start, ids) => {
    const known = vital();
    await post('/_bulk_docs', { docs: [{ ...known, _rev: '1-a' }], new_edits: false });
    const before = await leavesOf(known._id);
    const answer = await post('/_bulk_docs', { docs: [deletion(known._id, start, ids)], new_edits: false });
    expect(answer).toMatchObject({ status: 201, body: [{ id: known._id, code: 'invalid_revision' }] });
    expect(await leavesOf(known._id)).toEqual(before);
  });
});
