/** The gateway's answers, request by request. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Login } from '../support/api-client.ts';
import { createNetwork, edited, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let nurse: Login;
let doctor: Login;
const patients: ReturnType<typeof newPatient>[] = [];

beforeAll(async () => {
  server = await startServer({ env: { VITASYNC_MAX_BODY_MB: '1', VITASYNC_MAX_DOCUMENT_KB: '64' } });
  await createNetwork(server.admin);
  nurse = await loginStaff(server.api, 'nurseNorth');
  doctor = await loginStaff(server.api, 'doctorNorth');
  for (let n = 0; n < 30; n++) patients.push(newPatient(nurse.principal));
  const documents = patients.flatMap((patient) => [
    patient,
    newDocument('vital', patient, nurse.principal),
    newDocument('record', patient, nurse.principal),
  ]);
  expect(await post('/_bulk_docs', { docs: documents }).then(({ status }) => status)).toBe(201);
});
afterAll(() => server?.close());

interface Asked<T> {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  /** Parsed, where it is JSON. */
  readonly body: T;
}

interface Row {
  readonly ok?: boolean;
  readonly code?: string;
  readonly faults?: readonly { readonly path: string; readonly rule: string }[];
}

interface Page {
  readonly last_seq: string;
  readonly results: readonly { readonly id: string; readonly doc?: { readonly type: string } }[];
}

async function ask<T = unknown>(
  method: string,
  path: string,
  body?: unknown,
  { login = nurse, headers = {} }: { login?: Login | undefined; headers?: Record<string, string> } = {},
): Promise<Asked<T>> {
  const response = await fetch(`${server.url}/sync/${path.startsWith('/') ? `nurse-north${path}` : path}`, {
    method,
    headers: {
      authorization: `Bearer ${login.accessToken}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, text, body: type.includes('json') ? JSON.parse(text) : undefined };
}
const get = <T = unknown>(path: string) => ask<T>('GET', path);
const post = <T = unknown>(path: string, body: unknown) => ask<T>('POST', path, body);

describe('what replication does not need', () => {
  const routes = [
    ['GET', '/_design/views'],
    ['PUT', '/_design/views'],
    ['GET', '/_design/views/_view/all'],
    ['GET', '/_security'],
    ['PUT', '/_security'],
    ['POST', '/_purge'],
    ['POST', '/_find'],
    ['POST', '/_index'],
    ['POST', '/_compact'],
    ['POST', '/_temp_view'],
    ['GET', '/_design_docs'],
    ['GET', '/_local_docs'],
    ['GET', '/_shards'],
    ['GET', '/_partition/x/_all_docs'],
    ['GET', '_all_dbs'],
    ['GET', '_users'],
    ['POST', '_replicate'],
    ['GET', '_utils'],
    ['GET', '/some/deeper/path'],
  ] as const;
  it.each(routes)('%s %s is not found, or not allowed', async (method, path) => {
    const answer = await ask(method, path, method === 'GET' ? undefined : {});
    expect([403, 404]).toContain(answer.status);
    expect(answer.body).toMatchObject({
      error: expect.stringMatching(/^(not_found|forbidden)$/),
      reason: expect.any(String),
    });
  });

  it('a database is neither made nor removed', async () => {
    expect((await ask('PUT', 'nurse-north', {})).status).toBe(404);
    expect((await ask('DELETE', 'nurse-north')).status).toBe(404);
    expect((await get('/')).body).toMatchObject({ db_name: 'nurse-north', doc_count: 90 });
  });

  it.each([
    '/_changes?feed=continuous',
    '/_changes?feed=eventsource',
    '/_changes?attachments=true',
    '/_changes?style=other',
    '/_changes?limit=many',
    '/_changes?since=1&since=2',
    '/_all_docs?update_seq=true',
    '/_all_docs?startkey=notjson',
    '/_all_docs?keys=5',
  ])('%s is refused, for it would mean something else', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: 'bad_request' });
  });

  it('a filter by name is not found', async () => {
    expect((await get('/_changes?filter=app/mine')).status).toBe(404);
  });
});

describe('who asks', () => {
  it('is told without a session that a login is needed, in a way that makes PouchDB stop', async () => {
    const response = await fetch(`${server.url}/sync/nurse-north/_changes`);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: 'unauthorized' });
  });

  it('finds the welcome page open, and CouchDB-like', async () => {
    expect(await (await fetch(`${server.url}/sync/`)).json()).toMatchObject({ couchdb: 'Welcome' });
  });

  it('is told on the live feed of a type in text, because JSON would end the live pull of RxDB', async () => {
    const response = await fetch(`${server.url}/sync/nurse-north/vital/_changes?feed=longpoll&since=now`);
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toContain('text/plain');
  });

  it('gets the same answer for the database of others and for one that does not exist', async () => {
    const [others, nowhere] = [
      await get('/../doctor-north/'),
      await ask('GET', 'doctor-north/'),
      await ask('GET', 'nurse-nowhere/'),
    ].slice(1);
    expect(others?.text).toBe(nowhere?.text);
    expect(others?.status).toBe(403);
  });

  it('finds nothing of a type that its role does not read, and no type that belongs elsewhere', async () => {
    const login = await loginStaff(server.api, 'pharmacistNorth');
    const empty = await ask('GET', 'pharmacist-north/record/_changes?include_docs=true', undefined, { login });
    expect(empty).toMatchObject({ status: 200, body: { results: [] } });
    expect((await ask('GET', 'pharmacist-north/drug/_changes', undefined, { login })).status).toBe(404);
    expect((await ask('GET', 'reference/drug/_changes', undefined, { login })).status).toBe(200);
  });
});

describe('bodies', () => {
  it('that are too large get a 413 that says how large they may be', async () => {
    const answer = await post('/_all_docs', { keys: [], filler: 'x'.repeat(1_100_000) });
    expect(answer.status).toBe(413);
    expect(answer.body).toMatchObject({ error: 'too_large', reason: expect.stringContaining('1048576') });
  });

  it('with one document that is too large refuse that one only, and keep it', async () => {
    const [large, small] = [
      newDocument('record', patients[0] as never, nurse.principal, { notes: 'x'.repeat(70_000) }),
      newDocument('record', patients[0] as never, nurse.principal),
    ];
    const answer = await post('/_bulk_docs', { docs: [large, small] });
    expect(answer.body).toMatchObject([
      { id: large._id, error: 'forbidden', faults: [{ rule: 'size' }] },
      { ok: true, id: small._id },
    ]);
    expect((await server.core.held.list(100)).some(({ documentId }) => documentId === large._id)).toBe(true);
  });

  it.each([
    ['not JSON', '{"docs":[', 400],
    ['not an object', '[1]', 400],
    ['without docs', '{}', 400],
    ['with a document that is none', '{"docs":[5]}', 201],
    ['with a revision that is none', '{"docs":[{"_id":"a","_rev":"x"}],"new_edits":false}', 201],
    [
      'with _revisions that are none',
      '{"docs":[{"_id":"a","_rev":"1-a","_revisions":{"start":1,"ids":"a"}}],"new_edits":false}',
      201,
    ],
    ['with new_edits that is none', '{"docs":[],"new_edits":"no"}', 400],
  ])('%s are refused, one row where it is one row', async (_, body, status) => {
    const before = (await server.core.primary.info()).updateSeq;
    const answer = await post('/_bulk_docs', body);
    expect(answer.status).toBe(status);
    if (status === 201) expect(answer.body).toMatchObject([{ error: 'forbidden' }]);
    expect((await server.core.primary.info()).updateSeq).toBe(before);
  });

  it('of another type than JSON are refused', async () => {
    expect(
      (await ask('POST', '/_bulk_docs', '{"docs":[]}', { headers: { 'content-type': 'text/plain' } })).status,
    ).toBe(415);
  });
});

describe('rows', () => {
  it('of one batch are judged one by one, in the order they came', async () => {
    const patient = patients[1] as ReturnType<typeof newPatient>;
    const good = newDocument('vital', patient, nurse.principal);
    const wild = newDocument('vital', patient, nurse.principal, { temperatureCelsius: -40, heartRatePerMinute: 9_999 });
    const foreign = newDocument('vital', patient, doctor.principal);
    const unknown = newDocument('vital', patient, nurse.principal, { surprise: true });
    const answer = await post<Row[]>('/_bulk_docs', { docs: [good, wild, foreign, unknown], new_edits: true });
    expect(answer.body.map((row) => row.code ?? row.ok)).toEqual([
      true,
      'invalid_document',
      'wrong_author',
      'invalid_document',
    ]);
    expect(answer.body[1]?.faults?.map(({ path, rule }) => [path, rule]).sort()).toEqual([
      ['/heartRatePerMinute', 'maximum'],
      ['/temperatureCelsius', 'minimum'],
    ]);
    expect(answer.body[3]?.faults).toMatchObject([{ path: '/surprise', rule: 'additionalProperties' }]);
  });

  it('that are design documents, as tablets have them for their indexes, are refused one by one', async () => {
    const good = newDocument('vital', patients[1] as never, nurse.principal);
    const index = {
      _id: '_design/idx-1',
      _rev: '1-aa',
      _revisions: { start: 1, ids: ['aa'] },
      language: 'query',
      views: {},
    };
    const answer = await post('/_bulk_docs', { docs: [index, { ...good, _rev: '1-ab' }], new_edits: false });
    expect(answer).toMatchObject({
      status: 201,
      body: [{ id: '_design/idx-1', error: 'forbidden', code: 'id_mismatch' }],
    });
    expect((await get(`/${good._id}`)).status).toBe(200);
    expect((await get('/_design/idx-1')).status).toBe(404);
  });

  it('on the route of a type are refused with a conflict, and there is a document to read afterwards', async () => {
    const patient = patients[2] as ReturnType<typeof newPatient>;
    const foreign = newDocument('vital', patient, doctor.principal);
    const answer = await post('/vital/_bulk_docs', { docs: [foreign] });
    expect(answer.body).toMatchObject([{ id: foreign._id, error: 'conflict' }]);
    const after = await get(
      `/vital/_all_docs?include_docs=true&keys=${encodeURIComponent(JSON.stringify([foreign._id]))}`,
    );
    expect(after.body).toMatchObject({ rows: [{ id: foreign._id, doc: { _deleted: true, type: 'vital' } }] });
    expect((await server.core.primary.leaves([foreign._id])).get(foreign._id)).toEqual([]);
  });

  it('that name another base than the stored one are a conflict', async () => {
    const patient = patients[3] as ReturnType<typeof newPatient>;
    const { body: stored } = await get<{ _rev: string }>(`/${patient._id}`);
    const put = (rev: string | undefined) =>
      ask('PUT', `/${patient._id}`, {
        ...stored,
        ...(rev ? { _rev: rev } : {}),
        address: '1 High Street',
        ...edited(nurse.principal),
      });
    expect((await put('1-00000000000000000000000000000000')).status).toBe(409);
    expect((await put(undefined)).status).toBe(201);
    expect((await put(stored._rev)).status).toBe(409);
  });

  it('that are known are not asked for', async () => {
    const { body } = await get<{ _id: string; _rev: string }>(`/${patients[4]?._id}`);
    const answer = await post('/_revs_diff', { [body._id]: [body._rev, '5-abc'], 'p:unknown': ['1-a'] });
    expect(answer.body).toEqual({ [body._id]: { missing: ['5-abc'] }, 'p:unknown': { missing: ['1-a'] } });
  });
});

describe('_ensure_full_commit', () => {
  const commit = '/_ensure_full_commit';
  const committed = { status: 201, body: { ok: true, instance_start_time: '0' } };

  it.each([
    ['none', undefined],
    ['JSON', {}],
    ['not JSON', '{"docs":['],
  ])('has nothing left to do, whatever its body is: %s', async (_, body) => {
    expect(await post(commit, body)).toMatchObject(committed);
  });

  it('has nothing left to do on the route of a type, and with a body of another type than JSON', async () => {
    expect(await post(`/vital${commit}`, {})).toMatchObject(committed);
    expect(await ask('POST', commit, 'x', { headers: { 'content-type': 'text/plain' } })).toMatchObject(committed);
  });

  it.each(['application/json', 'text/plain'])('takes no body that is too large, of type %s', async (type) => {
    const answer = await ask('POST', commit, 'x'.repeat(1_100_000), { headers: { 'content-type': type } });
    expect(answer).toMatchObject({ status: 413, body: { error: 'too_large' } });
  });

  it('is for those who may sync the database', async () => {
    expect((await fetch(`${server.url}/sync/nurse-north${commit}`, { method: 'POST' })).status).toBe(401);
    expect((await ask('POST', `doctor-north${commit}`)).status).toBe(403);
  });

  it('is answered to nobody who reads', async () => {
    expect((await get(commit)).status).toBe(404);
  });
});

describe('_changes', () => {
  it('of a type fills its pages, and ends with a page that is not full', async () => {
    const seen: string[] = [];
    let since = '0';
    for (;;) {
      const { body } = await get<Page>(`/record/_changes?style=all_docs&include_docs=true&limit=7&since=${since}`);
      seen.push(...body.results.map(({ id }) => id));
      expect(body.results.every(({ doc }) => doc?.type === 'record')).toBe(true);
      since = body.last_seq;
      if (body.results.length < 7) break;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(30);
    expect(since).toMatch(/^[\w-]+$/);
  });

  it('of some documents finds them among the others', async () => {
    const ids = [patients[5]?._id, patients[28]?._id];
    const { body } = await post<Page>('/_changes?filter=_doc_ids&limit=100', { doc_ids: ids });
    expect(body.results.map(({ id }) => id).sort()).toEqual([...ids].sort());
  });

  it('waits, with newlines for a heartbeat, and answers as soon as there is something', async () => {
    const { body } = await get<Page>('/_changes?since=now&limit=1');
    const response = await fetch(
      `${server.url}/sync/nurse-north/_changes?feed=longpoll&heartbeat=100&since=${body.last_seq}`,
      { headers: { authorization: `Bearer ${nurse.accessToken}` } },
    );
    const written = newDocument('vital', patients[6] as never, nurse.principal);
    await post('/_bulk_docs', { docs: [written] });
    const text = await response.text();
    expect(text).toMatch(/^\n+\{/);
    expect(JSON.parse(text).results.map((row: { id: string }) => row.id)).toEqual([written._id]);
  });

  it('of one type does not wake for another', async () => {
    const { body } = await get<Page>('/record/_changes?since=now&limit=1');
    const waiting = get(`/record/_changes?feed=longpoll&timeout=1500&include_docs=true&since=${body.last_seq}`);
    await post('/_bulk_docs', { docs: [newDocument('vital', patients[7] as never, nurse.principal)] });
    expect((await waiting).body).toMatchObject({ results: [] });
  });

  it('from now begins where the last complete pull of the device ended, so that a failed first wait loses nothing', async () => {
    await get('/vital/_changes?style=all_docs&include_docs=true&limit=1000&since=0');
    const written = newDocument('vital', patients[8] as never, nurse.principal);
    await post('/_bulk_docs', { docs: [written] });
    const { body } = await get<Page>('/vital/_changes?feed=longpoll&since=now&timeout=5000&limit=20');
    expect(body.results.map(({ id }) => id)).toEqual([written._id]);
  });

  it('answers nothing when the time is over', async () => {
    const { body } = await get('/_changes?feed=longpoll&timeout=50&since=now');
    expect(body).toMatchObject({ results: [], last_seq: expect.any(String) });
  });

  it('starts from the beginning for a sequence of another database', async () => {
    const { body } = await get<Page>('/_changes?limit=5&since=3-deadbeef');
    expect(body.results).toHaveLength(5);
  });
});
