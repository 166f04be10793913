/** What one device may ask for: bounded, with answers that stock clients recover from, and beside others. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Login } from '../support/api-client.ts';
import { createNetwork, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { syncRequest } from '../support/sync-request.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

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

const send = (method: string, path: string, body?: unknown, login = nurse) => syncRequest(login, method, path, body);
async function post(path: string, body: unknown, login = nurse) {
  const response = await send('POST', path, body, login);
  return { status: response.status, headers: response.headers, text: await response.text() };
}
async function get(path: string, login = nurse) {
  const response = await send('GET', path, undefined, login);
  return { status: response.status, text: await response.text() };
}
const ids = (count: number) => Array.from({ length: count }, (_, n) => `${patient.patientId}:record:${n}`);

it('no answer is kept by anyone, or taken for something else than it says', async () => {
  for (const path of ['/', '/_changes', `/${patient._id}`, '/_local/x', '/nothing']) {
    const { headers } = await send('GET', path);
    expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff']);
  }
});

describe('one request', () => {
  it('of 51 MB of empty rows is answered 413, after no more rows than a request may have', async () => {
    const body = `{"docs":[${'{},'.repeat(17_000_000)}{}],"new_edits":false}`;
    expect((await post('/_bulk_docs', body, await loginStaff(server.api, 'nurseSouth'))).status).toBe(413);
  });

  it('that says it has a gigabyte is answered before it is read', async () => {
    const { request } = await import('node:http');
    const headers = { authorization: `Bearer ${nurse.accessToken}`, 'content-type': 'application/json' };
    const status = await new Promise((resolve, reject) => {
      const url = `${nurse.databases[0]?.url}/_bulk_docs`;
      const sent = request(url, { method: 'POST', headers: { ...headers, 'content-length': 1_073_741_824 } });
      sent.on('response', ({ statusCode }) => {
        resolve(statusCode);
        sent.destroy();
      });
      sent.on('error', reject);
      sent.write('{"docs":[');
    });
    expect(status).toBe(413);
  });

  it('for one revision 20,000 times is answered with it once', async () => {
    const answer = await post('/_bulk_get', { docs: Array.from({ length: 20_000 }, () => ({ id: patient._id })) });
    expect(JSON.parse(answer.text).results).toHaveLength(1);
  });

  it('for 20,000 documents, or whether they are there, is answered whole, and for more is not', async () => {
    const docs = ids(20_000);
    expect(JSON.parse((await post('/_bulk_get', { docs: docs.map((id) => ({ id })) })).text).results).toHaveLength(
      20_000,
    );
    const diff = (count: number) => post('/_revs_diff', Object.fromEntries(ids(count).map((id) => [id, ['1-a']])));
    expect(Object.keys(JSON.parse((await diff(20_000)).text))).toHaveLength(20_000);
    for (const count of [30_000, 200_000]) expect((await diff(count)).status).toBe(413);
    expect((await post('/_bulk_get', { docs: ids(20_001).map((id) => ({ id })) })).status).toBe(413);
  });
});

it('a page of more documents than a page keeps in memory is answered whole, in either direction', async () => {
  const notes = Array.from({ length: 320 }, (_, n) => `${n} ${'x'.repeat(19_000)}`);
  const records = notes.map((text) => newDocument('record', patient, nurse.principal, { notes: text }));
  expect((await post('/_bulk_docs', { docs: records, new_edits: true })).status).toBe(201);
  const page = async (more: string) => {
    const { text } = await get(`/record/_changes?include_docs=true&limit=1000${more}`);
    expect(text.length).toBeGreaterThan(6_000_000);
    const { results } = JSON.parse(text) as {
      results: { id: string; changes: { rev: string }[]; doc: { _id: string; _rev: string; notes: string } }[];
    };
    for (const { id, changes, doc } of results) expect([doc._id, doc._rev]).toEqual([id, changes[0]?.rev]);
    return results.map(({ doc }) => doc.notes);
  };
  const forwards = await page('');
  expect(new Set(forwards)).toEqual(new Set(notes));
  expect(forwards).toHaveLength(notes.length);
  expect(await page('&descending=true')).toEqual([...forwards].reverse());
  expect(await page('&feed=longpoll')).toEqual(forwards);
});

it('requests wait for those of their own account only; too many are told to come again', async () => {
  const docs = ids(2_000).map((id) => ({ id }));
  let isOver = false;
  const many = Promise.all(Array.from({ length: 120 }, () => post('/_bulk_get', { docs }))).finally(() => {
    isOver = true;
  });
  const doctor = await loginStaff(server.api, 'doctorNorth');
  expect((await send('GET', `/${patient._id}`, undefined, doctor)).status).toBe(200);
  expect(isOver).toBe(false);
  const answers = await many;
  const refused = answers.filter(({ status }) => status === 429);
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(64);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.headers.get('retry-after')).toBe('5');
  expect((await send('GET', `/${patient._id}`)).status).toBe(200);
});

it('of longpolls the oldest is answered, empty, where a device opens too many', async () => {
  const doctor = await loginStaff(server.api, 'doctorSouth');
  const { update_seq } = (await (await send('GET', '/', undefined, doctor)).json()) as { update_seq: string };
  const answered: number[] = [];
  const cut = new AbortController();
  const open = async (n: number) => {
    const url = `${doctor.databases[0]?.url}/_changes?feed=longpoll&since=${update_seq}&heartbeat=10000`;
    const headers = { authorization: `Bearer ${doctor.accessToken}` };
    const answer = (await (await fetch(url, { headers, signal: cut.signal })).json()) as { results: unknown[] };
    expect(answer.results).toEqual([]);
    answered.push(n);
  };
  for (let n = 0; n < 64; n++) void open(n).catch(() => {});
  const path = `/api/admin/devices/${doctor.principal.deviceId}`;
  const waiting = async () =>
    (await server.admin.ok<{ activity?: { openFeeds: number } }>('GET', path)).activity?.openFeeds;
  await waitFor(async () => (await waiting()) === 64, { what: 'all longpolls waiting' });
  void open(64).catch(() => {});
  await waitFor(() => answered.length > 0, { what: 'one being answered' });
  expect(answered).toHaveLength(1);
  cut.abort();
});

it('local documents are counted, and those that are there can be written', async () => {
  const doctor = await loginStaff(server.api, 'pharmacistNorth');
  const put = async (id: string, body: object) => {
    const response = await send('PUT', `/_local/${id}`, body, doctor);
    return { status: response.status, body: (await response.json()) as { rev: string } };
  };
  const first = await put('first', { last_seq: 1 });
  const statuses: number[] = [];
  for (let n = 1; n <= 200; n++) statuses.push((await put(`x${n}`, {})).status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(199);
  expect(statuses.at(-1)).toBe(429);
  expect((await put('first', { last_seq: 2, _rev: first.body.rev })).status).toBe(201);
});

it('of a device that had thousands of rows refused, the next push is answered 429 before it is read', async () => {
  const login = await loginStaff(server.api, 'pharmacistSouth');
  const rows = { docs: Array.from({ length: 5_000 }, () => ({})), new_edits: false };
  expect(JSON.parse((await post('/_bulk_docs', rows, login)).text)).toHaveLength(5_000);
  const answer = await post('/_bulk_docs', { docs: [newDocument('vital', patient, login.principal)] }, login);
  expect(answer.status).toBe(429);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(3_000);
  const other = await loginStaff(server.api, 'pharmacistSouth');
  expect((await post('/_bulk_docs', { docs: [] }, other)).status).toBe(201);
});
