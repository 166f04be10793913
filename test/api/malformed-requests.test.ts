/**
 * Requests that no client should send: each is answered by a problem that says so, none by an error of the server, and nothing
 * of them is stored.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATH_OF, TYPES } from './access-matrix/situations.ts';
import { accountGroups, NEW_ACCOUNT } from './malformed-requests/account-requests.ts';
import { BODY_ROUTES, bodyGroups } from './malformed-requests/body-requests.ts';
import { documentGroups } from './malformed-requests/document-requests.ts';
import { headerGroups, wronglyMeasured } from './malformed-requests/header-requests.ts';
import { pathGroups } from './malformed-requests/path-requests.ts';
import { cursorRequests, queryGroups } from './malformed-requests/query-requests.ts';
import { type Group, Requests } from './malformed-requests/requests.ts';
import { expectProblems, type Malformed, openMalformedStage, sequences } from './malformed-requests/stage.ts';
import { syncRequests } from './malformed-requests/sync-requests.ts';
import { visitGroups } from './malformed-requests/visit-requests.ts';

let requests: Requests;
let count = 0;
beforeAll(async () => {
  requests = new Requests(await openMalformedStage());
});
afterAll(() => requests?.stage.close());

async function send(malformed: readonly Malformed[], isAudited = false): Promise<void> {
  count += malformed.length;
  await expectProblems(requests.stage, malformed, { isAudited });
}

const GROUPS: Readonly<Record<string, readonly Group[]>> = {
  'a body that no route takes': bodyGroups,
  'a document': documentGroups,
  'a visit': visitGroups,
  'accounts and sessions': accountGroups,
  'a query': queryGroups,
  'a path': pathGroups,
  headers: headerGroups,
};
for (const [about, groups] of Object.entries(GROUPS)) {
  describe(about, () => {
    for (const { name, make, isAudited } of groups) it(name, () => send(make(requests), isAudited));
  });
}

it('every route that takes a body is among them', async () => {
  const response = await fetch(`${requests.stage.server.url}/api/openapi.json`);
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, { requestBody?: object }>> };
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { requestBody }]) =>
      requestBody ? [`${method.toUpperCase()} ${path}`] : [],
    ),
  );
  expect(described.sort()).toEqual(BODY_ROUTES.map(({ method, template }) => `${method} ${template}`).sort());
});

it('a cursor is taken by its own list only', async () => {
  const { admin } = requests.stage.server;
  const { nextCursor } = await admin.ok<{ nextCursor: string }>('GET', `${PATH_OF.patient}?limit=1`);
  await send(cursorRequests(requests, nextCursor));
});

it('lies about the length of the body are found out', async () => {
  const { server, raw } = requests.stage;
  const before = await sequences(server);
  const malformed = Object.entries(wronglyMeasured(requests));
  count += malformed.length;
  for (const [name, bytes] of malformed) {
    // Node's parser answers these itself, perhaps before the request that came first is answered.
    expect(`${name}: ${await raw.sendBytes(bytes)}`).toMatch(`${name}: HTTP/1.1 400 `);
  }
  expect(await sequences(server)).toEqual(before);
});

it('the sync routes do not fail on any of it, and speak their own dialect', async () => {
  const { server, raw } = requests.stage;
  const before = await server.core.primary.info();
  const malformed = syncRequests(requests);
  count += malformed.length;
  const faults: string[] = [];
  for (const one of malformed) {
    const { status, text } = await raw.send(one);
    const isFault = status >= 500 || (status >= 400 && !isCouchError(text));
    if (isFault) faults.push(`${one.method} ${one.path}, ${one.name}: ${status} ${text.slice(0, 200)}`);
  }
  expect(faults).toEqual([]);
  expect(await server.core.primary.info()).toEqual(before);
});

function isCouchError(text: string): boolean {
  const { error, reason } = JSON.parse(text) as { error?: unknown; reason?: unknown };
  return typeof error === 'string' && typeof reason === 'string';
}

it('what they were made of is taken as it is', async () => {
  const { admin } = requests.stage.server;
  for (const type of TYPES) {
    expect([type, (await admin.request('POST', PATH_OF[type], requests.content(type))).status]).toEqual([type, 201]);
    const { status, body } = await admin.request('PUT', requests.pathOf(type), requests.stage.documents[type]);
    expect([type, status]).toEqual([type, 200]);
    const patched = await admin.request('PATCH', requests.pathOf(type), { _rev: body._rev });
    expect([type, patched.status]).toEqual([type, 200]);
  }
  const visit = { patientId: requests.stage.documents.patient.patientId, record: { diagnosis: 'Cough' } };
  expect((await admin.request('POST', '/api/visits', visit)).status).toBe(201);
  expect((await admin.request('POST', '/api/accounts', NEW_ACCOUNT)).status).toBe(201);
});

it('they are more than 250, and the server goes on', async () => {
  process.stdout.write(`malformed requests: ${count}\n`);
  expect(count).toBeGreaterThan(250);
  expect((await requests.stage.server.admin.request('GET', requests.pathOf('patient'))).status).toBe(200);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
