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
