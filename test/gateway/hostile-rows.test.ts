/** One row never stops the others, whatever it is: it is refused, kept, and told. */
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Login } from '../support/api-client.ts';
import { createNetwork, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { remoteOf, StockPouch } from '../support/pouch-device.ts';
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

async function ask<T = unknown>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const response = await syncRequest(nurse, method, path, body);
  return { status: response.status, body: (await response.json()) as T };
}
const post = <T = unknown>(path: string, body: unknown) => ask<T>('POST', path, body);
const isThere = async (id: string) => (await ask('GET', `/${id}`)).status === 200;
const held = (id: string) =>
  server.core.held
    .page({ state: 'open', limit: 200 })
    .then(({ items }) => items.filter((one) => one.documentId === id));
const heldWrite = async (id: string) => (await server.core.held.get(String((await held(id))[0]?.id)))?.write;

const hash = () => randomBytes(16).toString('hex');
const pushed = <D extends object>(document: D) => {
  const name = hash();
  return { ...document, _rev: `1-${name}`, _revisions: { start: 1, ids: [name] } };
};
const record = (more: Record<string, unknown> = {}) => newDocument('record', patient, nurse.principal, more);
const nested = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
/** A document as JSON, with a member that is put in as text. */
const withMember = (document: object, key: string, text: string) =>
  `${JSON.stringify(document).slice(0, -1)},"${key}":${text}}`;

function row(document: { readonly _id: string }, key?: string, text = ''): readonly [string, string] {
  const { [key ?? '']: _, ...rest } = pushed(document) as Record<string, unknown>;
  return [document._id, key === undefined ? JSON.stringify(rest) : withMember(rest, key, text)];
}
function photo(bytes: number): string {
  return `{"photo.jpg":{"content_type":"image/jpeg","data":"${'A'.repeat(bytes)}"}}`;
}
const revisions = (count: number) => JSON.stringify({ start: count, ids: Array.from({ length: count }, hash) });

/** Members that no document has, as text, with the code that they are refused with. */
const HOSTILE_MEMBERS: Readonly<Record<string, readonly [key: string, text: string, code: string]>> = {
  'is nested 45 deep': ['notes', nested(45), 'too_complex'],
  'is nested 100,000 deep': ['notes', nested(100_000), 'too_complex'],
  'has 330,000 parts': ['notes', `[${'0,'.repeat(330_000)}0]`, 'too_complex'],
  'names __proto__': ['__proto__', '{"type":"patient"}', 'too_complex'],
  'has a 40 MB attachment': ['_attachments', photo(40_000_000), 'too_large'],
  'has a small attachment': ['_attachments', photo(200_000), 'invalid_document'],
};

/** Rows as text, by what is wrong with them, each with the code that it is refused with. */
const HOSTILE: Readonly<Record<string, readonly [row: () => readonly [id: string, text: string], code: string]>> = {
  ...Object.fromEntries(
    Object.entries(HOSTILE_MEMBERS).map(([name, [key, text, code]]) => [name, [() => row(record(), key, text), code]]),
  ),
  'is larger than is read': [() => row(record({ notes: 'x'.repeat(1_500_000) })), 'too_large'],
  'has a bad _rev': [() => row(record(), '_rev', '"x"'), 'invalid_revision'],
  'has a _rev that is no text': [() => row(record(), '_rev', '{"a":[]}'), 'invalid_revision'],
  'has a _rev of other characters': [() => row(record(), '_rev', '"1-\u{1f600}"'), 'invalid_revision'],
  'has _revisions that are none': [() => row(record(), '_revisions', '{"start":1,"ids":"a"}'), 'invalid_revision'],
  'has 2,000 ancestors': [() => row(record(), '_revisions', revisions(2_000)), 'invalid_revision'],
  'has 100,000 ancestors': [() => row(record(), '_revisions', revisions(100_000)), 'too_large'],
  'is of generation 999999999': [() => row(record(), '_rev', `"999999999-${hash()}"`), 'invalid_revision'],
  'is of a generation that no number holds': [() => row(record(), '_rev', `"${'9'.repeat(40)}-a"`), 'invalid_revision'],
  'has an id of 3,000 bytes': [
    () => {
      const _id = `${record()._id}${'x'.repeat(3_000)}`;
      return [_id.slice(0, 512), JSON.stringify(pushed({ ...record(), _id }))];
    },
    'invalid_id',
  ],
  'is of no document of ours': [
    () => ['nobody', JSON.stringify(pushed({ _id: 'nobody', type: 'record' }))],
    'id_mismatch',
  ],
};

describe('a row that', () => {
  it.each(Object.entries(HOSTILE))('%s is refused and kept, and the others are stored', async (_, [make, code]) => {
    const [id, text] = make();
    const before = pushed(newPatient(nurse.principal));
    const after = pushed(record());
    const body = `{"docs":[${[JSON.stringify(before), text, JSON.stringify(after)].join()}],"new_edits":false}`;
    const answer = await post('/_bulk_docs', body);
    expect(answer).toMatchObject({ status: 201, body: [{ id, error: 'forbidden', code, reason: expect.any(String) }] });
    expect(answer.body).toHaveLength(1);
    expect([await isThere(before._id), await isThere(after._id)]).toEqual([true, true]);
    expect(await held(id)).toMatchObject([{ code }]);
    expect(await isThere(id)).toBe(false);
  });

  it.each(Object.keys(HOSTILE_MEMBERS))(
    '%s is refused on the route of a type as well, and can be read',
    async (name) => {
      const [key, text] = HOSTILE_MEMBERS[name] as readonly [string, string, string];
      const [bad, good] = [record(), record()];
      const answer = await post(
        '/record/_bulk_docs',
        `{"docs":[${withMember(bad, key, text)},${JSON.stringify(good)}]}`,
      );
      expect(answer).toMatchObject({
        status: 201,
        body: [
          { id: bad._id, error: 'conflict' },
          { ok: true, id: good._id },
        ],
      });
      const after = await post('/record/_all_docs?include_docs=true', { keys: [bad._id] });
      expect(after.body).toMatchObject({ rows: [{ doc: { _deleted: true, type: 'record' } }] });
      expect(await held(bad._id)).toHaveLength(1);
    },
  );

  it.each(['5', 'null', '"text"', '[]', '{}', '{"_rev":"1-a"}', '{"_id":5}', '{"_id":""}'])(
    'is %s is kept under an id that is made for it, and stops no other',
    async (text) => {
      const good = pushed(record());
      const answer = await post('/_bulk_docs', `{"new_edits":false,"docs":[${text},${JSON.stringify(good)}]}`);
      expect(answer).toMatchObject({ status: 201, body: [{ error: 'forbidden' }] });
      expect(answer.body).not.toHaveProperty('0.id');
      expect(await isThere(good._id)).toBe(true);
      const before = await withoutId();
      expect(before.length).toBeGreaterThan(0);
      // The same row once more is held once.
      await post('/_bulk_docs', `{"new_edits":false,"docs":[${text}]}`);
      expect(await withoutId()).toEqual(before);
    },
  );
});

const withoutId = async () => {
  const { items } = await server.core.held.page({ state: 'open', limit: 500 });
  return items.filter(({ documentId }) => documentId.startsWith('no-id:')).map(({ id }) => id);
};

describe('a row without an id', () => {
  const send = async (about: ReturnType<typeof newPatient>, notes = hash()) => {
    const { _id: _, ...rest } = newDocument('record', about, nurse.principal, { notes });
    const before = new Set(await withoutId());
    await post('/_bulk_docs', { docs: [{ ...rest, _rev: `1-${notes}` }], new_edits: false });
    const added = (await withoutId()).filter((id) => !before.has(id));
    expect(added).toHaveLength(1);
    return { id: String(added[0]), notes };
  };
  const path = (id: string) => `/api/admin/held-writes/${id}`;

  it('is whole, can be looked at and rejected, and not accepted', async () => {
    const { id, notes } = await send(patient);
    const detail = await server.admin.ok<{ documentId: string; body: object }>('GET', path(id));
    expect(detail).toMatchObject({ code: 'invalid_id', body: { notes, patientId: patient.patientId } });
    const other = await send(patient);
    expect((await server.core.held.get(other.id))?.write.documentId).not.toBe(detail.documentId);
    expect(await server.admin.request('POST', `${path(id)}/accept`, {})).toMatchObject({
      ...{ status: 403, body: { code: 'refused', reason: 'id_mismatch' } },
    });
    expect((await server.admin.request('POST', `${path(id)}/reject`, { note: 'No id' })).status).toBe(200);
    expect(await withoutId()).not.toContain(id);
  });

  it('that deletes is not accepted either', async () => {
    await post('/_bulk_docs', { docs: [{ _deleted: true, _rev: `1-${hash()}` }], new_edits: false });
    const { items } = await server.core.held.page({ state: 'open', limit: 1 });
    expect((await server.admin.request('POST', `${path(String(items[0]?.id))}/accept`, {})).status).toBe(403);
  });

  it('is found by its patient, goes when the patient is erased, and is not kept afterwards', async () => {
    const about = newPatient(nurse.principal);
    await post('/_bulk_docs', { docs: [about] });
    const { id } = await send(about);
    const listed = await server.admin.ok<{ items: { id: string }[] }>(
      'GET',
      `/api/admin/held-writes?patientId=${about.patientId}`,
    );
    expect(listed.items.map((item) => item.id)).toEqual([id]);
    await server.admin.ok('POST', `/api/patients/${about.patientId}/erasure`, { confirm: about.patientId });
    expect(await server.core.held.get(id)).toBeUndefined();
    const later = await send(about);
    expect((await server.core.held.get(later.id))?.write.body).toEqual({});
    const named = { ...newDocument('record', about, nurse.principal), _id: `nobody-${hash()}` };
    await post('/_bulk_docs', { docs: [named] });
    expect((await heldWrite(named._id))?.body).toEqual({});
  });
});

describe('what is kept of a row that is not read', () => {
  const keptOf = async ([id, text]: readonly [string, string]) => {
    await post('/_bulk_docs', `{"docs":[${text}],"new_edits":false}`);
    return heldWrite(id);
  };

  it('is its text, where it is nested too deep', async () => {
    const [id, text] = row(record(), 'notes', nested(45));
    expect(await keptOf([id, text])).toMatchObject({ body: { patientId: patient.patientId, unreadText: text } });
  });

  it('is everything but what is too large', async () => {
    const write = await keptOf(row(record({ diagnosis: 'Burn' }), '_attachments', photo(5_000_000)));
    expect(write?.body).toMatchObject({ diagnosis: 'Burn', leftOutBytes: { _attachments: expect.any(Number) } });
  });

  it('is nothing of a patient who was erased', async () => {
    const erased = newPatient(nurse.principal);
    await post('/_bulk_docs', { docs: [erased] });
    await server.admin.ok('POST', `/api/patients/${erased.patientId}/erasure`, { confirm: erased.patientId });
    const about = newDocument('record', erased, nurse.principal);
    expect(await keptOf(row(about, 'notes', nested(45)))).toMatchObject({ code: 'too_complex', body: {} });
  });
});

describe('generations', () => {
  it('of what is stored already can be read, asked for and built upon, however large they are', async () => {
    const bomb = record();
    const name = hash();
    const { _id: id, ...body } = bomb;
    const rev = `1000000000-${name}`;
    await server.core.primary.write([{ id, rev, ancestry: [rev], deleted: false, body }]);
    await server.core.projector.projectNow(await server.core.primary.leaves([id]), async () => false);
    expect((await post('/_bulk_get', { docs: [{ id, rev }] })).body).toMatchObject({
      results: [{ docs: [{ ok: { _rev: rev } }] }],
    });
    expect((await post('/_revs_diff', { [id]: [rev] })).body).toEqual({});
    const next = hash();
    const edited = { ...bomb, _rev: `1000000001-${next}`, _revisions: { start: 1_000_000_001, ids: [next, name] } };
    const answer = await post('/_bulk_docs', {
      docs: [{ ...edited, updatedAt: new Date().toISOString() }],
      new_edits: false,
    });
    expect(answer).toMatchObject({ status: 201, body: [] });
  });
});

describe('a lookup', () => {
  it('of a revision that cannot be finds the others, and has the device send it', async () => {
    const good = pushed(record());
    const answer = await post('/_revs_diff', {
      [good._id]: [good._rev],
      other: ['x', `${'9'.repeat(40)}-a`],
      '_design/x': ['1-a'],
      ['x'.repeat(3_000)]: ['1-a'],
      none: 5,
      deep: [[[[1]]]],
    });
    expect(answer).toMatchObject({
      status: 200,
      body: { [good._id]: { missing: [good._rev] }, other: { missing: ['x', `${'9'.repeat(40)}-a`] } },
    });
    expect(answer.body).not.toHaveProperty('none');
  });

  it('of documents leaves out what cannot be', async () => {
    const docs = [{ id: patient._id }, { id: patient._id, rev: 'x' }, { id: 5 }, 7, null, { id: 'x'.repeat(3_000) }];
    const { status, body } = await post('/_bulk_get', { docs });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      results: [{ docs: [{ ok: { _id: patient._id } }] }, { id: patient._id, docs: [] }],
    });
  });
});

describe('a batch', () => {
  it('of a hundred records with photos is answered row by row, and its good patient arrives', async () => {
    const rows = Array.from({ length: 100 }, () => row(record(), '_attachments', photo(500_000))[1]);
    const good = pushed(newPatient(nurse.principal));
    const answer = await post('/_bulk_docs', `{"docs":[${[...rows, JSON.stringify(good)].join()}],"new_edits":false}`);
    expect(answer.status).toBe(201);
    expect(answer.body).toHaveLength(100);
    expect(await isThere(good._id)).toBe(true);
  });

  it('of many portions, of which RxDB says nothing but the rows, is stored', async () => {
    const docs = Array.from({ length: 300 }, () => record({ notes: 'x'.repeat(20_000) }));
    const answer = await post<{ ok?: boolean; id: string }[]>('/record/_bulk_docs', { docs });
    expect(answer.body.map(({ ok, id }) => ok && id)).toEqual(docs.map(({ _id }) => _id));
  });

  it('in any order of its keys and in pieces of any size is read alike', async () => {
    const bodies = [
      (docs: string) => `{"docs":${docs},"new_edits":false}`,
      (docs: string) => ` { "new_edits" : false , "other" : [ { "docs" : [1] } , "]}" ] , "docs" : ${docs} } `,
      (docs: string) => `{"w":1,"docs" : ${docs},"x":null,"new_edits":false,"y":"\\"}\\\\"}`,
    ];
    for (const body of bodies) {
      for (const size of [1, 7, 1_000]) {
        const notes = 'a "quoted" \\ text, with ] } and \u{1f600}';
        const good = pushed(record({ notes }));
        const text = body(`[ ${JSON.stringify(good)} ,\n5 ]`);
        expect(await sendInPieces(text, size)).toMatchObject({ status: 201, body: [{ error: 'forbidden' }] });
        expect((await ask('GET', `/${good._id}`)).body).toMatchObject({ _rev: good._rev, notes });
      }
    }
  });

  it.each([
    '{"docs":[{]}',
    '{"docs":[{"a":}]}',
    '{"docs":[{},]}',
    '{"docs":[,{}]}',
    '{"docs":[]}}',
    '{"docs":[] "a":1}',
    '{"docs":{}}',
    '{"docs":[]',
    '{"a":1}',
    '[]',
    '',
  ])('%s is none', async (text) => {
    expect((await post('/_bulk_docs', text)).status).toBe(400);
  });

  it('of stock PouchDB goes through, and the tablet is told of what does not', async () => {
    const local = new StockPouch(`hostile-${hash()}`, { adapter: 'memory' });
    const deep = { ...record(), notes: JSON.parse(nested(45)) };
    const good = record();
    await local.bulkDocs([deep, good]);
    const denied: unknown[] = [];
    const replication = local.replicate.to(remoteOf(String(nurse.databases[0]?.url), nurse.accessToken));
    (replication as unknown as NodeJS.EventEmitter).on('denied', (error: { id: string }) => denied.push(error.id));
    await replication;
    expect(denied).toEqual([deep._id]);
    expect(await isThere(good._id)).toBe(true);
    await local.destroy();
  });
});

function sendInPieces(text: string, size: number): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${nurse.accessToken}`, 'content-type': 'application/json' };
    const sent = httpRequest(`${server.url}/sync/nurse-north/_bulk_docs`, { method: 'POST', headers }, (response) => {
      let answered = '';
      response.on('data', (chunk: Buffer) => {
        answered += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(answered) }));
    });
    sent.on('error', reject);
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) sent.write(bytes.subarray(at, at + size));
    sent.end();
  });
}
