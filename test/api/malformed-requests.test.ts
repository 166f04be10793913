/**
 * Requests that no client should send: each is answered by a problem that says so, none by an error of the server, and nothing
 * of them is stored.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemas } from '../../shared-schemas/document-types.ts';
import { newPatientId, newUlid } from '../../shared-schemas/ids.ts';
import { isPatientBound, PATH_OF, TYPES, type TypeName } from './access-matrix/situations.ts';
import { type BadValue, badValuesOf, type FieldSchema } from './malformed-requests/bad-values.ts';
import { badBodies, badDocuments } from './malformed-requests/bodies.ts';
import {
  expectProblems,
  MAX_BODY_BYTES,
  MAX_SYNC_BODY_BYTES,
  type Malformed,
  type MalformedStage,
  newContent,
  openMalformedStage,
  sequences,
} from './malformed-requests/stage.ts';

let stage: MalformedStage;
let count = 0;
beforeAll(async () => {
  stage = await openMalformedStage();
});
afterAll(() => stage?.close());

const JSON_TYPE = { 'content-type': 'application/json' };
const bearer = (who: keyof MalformedStage['tokens'] = 'admin') => ({ authorization: `Bearer ${stage.tokens[who]}` });
const pathOf = (type: TypeName): string => `${PATH_OF[type]}/${stage.documents[type]._id}`;

/** By an administrator, so that nothing but the request is at fault. */
const request = (name: string, method: string, path: string, body?: unknown, headers = {}): Malformed => ({
  name,
  method,
  path,
  headers: { ...bearer(), ...(body !== undefined && JSON_TYPE), ...headers },
  ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
});

/** Sends what `make` makes once the server is there. */
function malformed(
  name: string,
  make: () => readonly Malformed[],
  options: { readonly isAudited?: boolean } = {},
): void {
  it(name, async () => {
    const requests = make();
    count += requests.length;
    await expectProblems(stage, requests, options);
  });
}

interface BodyRoute {
  readonly method: string;
  readonly template: string;
  readonly path: () => string;
}
const route = (method: string, template: string, path = () => template): BodyRoute => ({ method, template, path });

/** Every route that takes a body. */
const BODY_ROUTES: readonly BodyRoute[] = [
  ...TYPES.flatMap((type) => [
    route('POST', PATH_OF[type]),
    route('PUT', `${PATH_OF[type]}/{id}`, () => pathOf(type)),
    route('PATCH', `${PATH_OF[type]}/{id}`, () => pathOf(type)),
  ]),
  ...['fill', 'unfill'].map((action) =>
    route('POST', `/api/prescriptions/{id}/${action}`, () => `${pathOf('prescription')}/${action}`),
  ),
  route('POST', '/api/procedures/{id}/perform', () => `${pathOf('procedure')}/perform`),
  route('POST', '/api/visits'),
  route('POST', '/api/patients/{id}/erasure', () => `${pathOf('patient')}/erasure`),
  route('POST', '/api/accounts'),
  route('PATCH', '/api/accounts/{username}', () => '/api/accounts/doctornorth'),
  route('POST', '/api/login'),
  route('POST', '/api/token/refresh'),
  route('POST', '/api/set-password'),
  route('POST', '/api/me/password'),
];

describe('a body', () => {
  const bodies = badBodies(MAX_BODY_BYTES);
  for (const { method, template, path } of BODY_ROUTES) {
    malformed(`that no route takes is not taken by ${method} ${template}`, () =>
      bodies.map(({ name, body, headers = {} }) => ({
        name,
        method,
        path: path(),
        headers: { ...bearer(), ...headers },
        body,
      })),
    );
  }

  it('is asked for by no other route', async () => {
    const response = await fetch(`${stage.server.url}/api/openapi.json`);
    const { paths } = (await response.json()) as { paths: Record<string, Record<string, { requestBody?: object }>> };
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { requestBody }]) =>
        requestBody ? [`${method.toUpperCase()} ${path}`] : [],
      ),
    );
    expect(described.sort()).toEqual(BODY_ROUTES.map(({ method, template }) => `${method} ${template}`).sort());
  });
});

describe('a document', () => {
  const fieldsOf = (type: TypeName) =>
    Object.entries(schemas[type].properties as unknown as Record<string, FieldSchema>);
  /** The server sets these itself when a document is changed, whatever the client says. */
  const SET_BY_SERVER = ['updatedAt', 'updatedBy', 'deviceId'];
  /** In a merge patch, null takes a field away. */
  const removes = (value: unknown): boolean =>
    value === null || (typeof value === 'object' && !Array.isArray(value) && Object.values(value ?? {}).some(removes));
  function withValue(type: TypeName, field: string, { name, value }: BadValue): Malformed[] {
    const content = { ...newContent(type, stage.documents.patient.patientId), [field]: value };
    const what = `${field}: ${name}`;
    if (SET_BY_SERVER.includes(field)) return [request(what, 'POST', PATH_OF[type], content)];
    return [
      request(what, 'POST', PATH_OF[type], content),
      request(what, 'PUT', pathOf(type), { ...stage.documents[type], [field]: value }),
      ...(removes(value) ? [] : [request(what, 'PATCH', pathOf(type), { [field]: value })]),
    ];
  }
  for (const type of TYPES) {
    malformed(`of the type ${type} does not take any value in its fields`, () =>
      fieldsOf(type).flatMap(([field, schema]) => badValuesOf(schema).flatMap((bad) => withValue(type, field, bad))),
    );
    const required = (schemas[type].required as readonly string[]).filter((field) => field in newContent(type, 'x'));
    malformed(`of the type ${type} has all that is required`, () =>
      required.flatMap((field) => {
        const { [field]: _, ...rest } = newContent(type, stage.documents.patient.patientId);
        const isDefaulted = ['status', 'administeredAt', 'measuredAt', 'patientName', 'patientBirthDate'].includes(
          field,
        );
        return [
          ...(isDefaulted ? [] : [request(`without ${field}`, 'POST', PATH_OF[type], rest)]),
          request(`${field} taken away`, 'PATCH', pathOf(type), { [field]: null }),
        ];
      }),
    );
    const SPECIAL = {
      _deleted: true,
      _attachments: { 'x.txt': { content_type: 'text/plain', data: 'eA==' } },
      _revisions: { start: 1, ids: ['0123456789abcdef0123456789abcdef'] },
      _conflicts: [],
      _revs_info: [],
      _local_seq: 1,
      _removed: true,
      _: 1,
      surprise: 1,
      '': 1,
      $where: '1',
      'a.b': 1,
      ['x'.repeat(10_000)]: 1,
    };
    malformed(`of the type ${type} has no fields that it does not know, or that are the store's`, () =>
      Object.entries(SPECIAL).flatMap(([field, value]) => {
        const content = newContent(type, stage.documents.patient.patientId);
        return [
          request(field, 'POST', PATH_OF[type], { ...content, [field]: value }),
          request(field, 'PATCH', pathOf(type), { [field]: value }),
          request(field, 'PUT', pathOf(type), { ...stage.documents[type], [field]: value }),
        ];
      }),
    );
    malformed(`of the type ${type} is named by its id and its revision`, () => {
      const content = newContent(type, stage.documents.patient.patientId);
      const { _id, _rev, ...rest } = stage.documents[type];
      const other = TYPES[(TYPES.indexOf(type) + 1) % TYPES.length] as TypeName;
      const ids = [
        '',
        'x',
        '_design/x',
        '_local/x',
        '__proto__',
        `${_id}:`,
        `${_id}\u0000`,
        ` ${_id}`,
        stage.documents[other]._id,
      ];
      const revs = [
        '',
        'x',
        '1-x',
        '0-0',
        '1',
        1,
        true,
        null,
        [],
        {},
        [_rev],
        '9'.repeat(300),
        `${_rev} `,
        `1-${'0'.repeat(32)}`,
      ];
      return [
        ...[...ids, 5, null, [_id], { $gt: '' }].flatMap((id) => [
          request(`_id ${JSON.stringify(id)}`, 'POST', PATH_OF[type], { ...content, _id: id }),
          request(`_id ${JSON.stringify(id)}`, 'PUT', pathOf(type), { ...rest, _rev, _id: id }),
          ...(id === null ? [] : [request(`_id ${JSON.stringify(id)}`, 'PATCH', pathOf(type), { _id: id })]),
        ]),
        ...revs.flatMap((rev) => [
          request(`_rev ${JSON.stringify(rev)}`, 'POST', PATH_OF[type], { ...content, _rev: rev }),
          request(`_rev ${JSON.stringify(rev)}`, 'PUT', pathOf(type), { ...rest, _rev: rev }),
          request(`_rev ${JSON.stringify(rev)}`, 'PATCH', pathOf(type), { ...rest, _rev: rev }),
        ]),
        request('no _rev', 'PUT', pathOf(type), rest),
      ];
    });
    if (isPatientBound(type) && type !== 'patient') {
      malformed(`of the type ${type} is of one patient`, () => {
        const [mine, other] = [stage.documents.patient.patientId, stage.otherPatient.patientId];
        const content = newContent(type, mine);
        const _id = `${other}:${type}:${newUlid()}`;
        return [
          request('the id of another patient', 'POST', PATH_OF[type], { ...content, _id }),
          request('moved to another patient', 'PATCH', pathOf(type), { patientId: other }),
          request('moved to another patient', 'PUT', pathOf(type), { ...stage.documents[type], patientId: other }),
          request('a patient that there is not', 'POST', PATH_OF[type], { ...content, patientId: newPatientId() }),
          request('clinics that are not the patient’s', 'POST', PATH_OF[type], { ...content, clinicIds: ['south'] }),
          request('the id of a patient document', 'POST', PATH_OF[type], { ...content, patientId: `${mine}:patient` }),
        ];
      });
    }
  }

  malformed('has numbers that are finite', () =>
    ['1e999', '-1e999', '1e400'].map((number) =>
      request(number, 'PATCH', pathOf('vital'), `{"heartRatePerMinute":${number}}`),
    ),
  );
  malformed('has texts that are text', () =>
    TYPES.flatMap((type) => {
      const content = JSON.stringify(newContent(type, stage.documents.patient.patientId));
      const half = content.replace(/"(diagnosis|name|lastName|patientName|notes|reason|measuredAt)":"/, '$&\\ud800');
      return [
        request('half a surrogate pair', 'POST', PATH_OF[type], half.replace('"status"', '"notes":"\\udc00","status"')),
        request(
          'half a surrogate pair',
          'PATCH',
          pathOf(type),
          '{"notes":"x\\ud83d","name":"\\ud83d","address":"\\udfff"}',
        ),
      ];
    }),
  );
  malformed('whose key comes twice is judged by what comes last', () => [
    request('twice', 'PATCH', pathOf('record'), '{"notes":"x","notes":5}'),
    request('twice, once escaped', 'PATCH', pathOf('record'), '{"notes":"x","n\\u006ftes":5}'),
  ]);
});

describe('a visit', () => {
  const visit = (more: object) => ({
    patientId: stage.documents.patient.patientId,
    record: { diagnosis: 'Cough' },
    ...more,
  });
  malformed('has the parts that it can have', () =>
    Object.entries({
      'no record': { record: undefined },
      'a record that is a text': { record: 'x' },
      'a record that is a list': { record: [] },
      'an empty record': { record: {} },
      'no patient': { patientId: undefined },
      'a patient that is none': { patientId: 'nobody' },
      'a patient that there is not': { patientId: newPatientId() },
      'a patient that is a list': { patientId: [newPatientId()] },
      'vitals that are an object': { vitals: {} },
      'vitals that are texts': { vitals: ['x'] },
      'vitals that are null': { vitals: null },
      'vitals in vitals': { vitals: [[{}]] },
      '51 vitals': { vitals: Array.from({ length: 51 }, () => ({ heartRatePerMinute: 70 })) },
      'a vital that is out of bounds': { vitals: [{ heartRatePerMinute: 70 }, { heartRatePerMinute: -1 }] },
      'a vital of another patient': { vitals: [{ patientId: stage.otherPatient.patientId }] },
      'a vital that is a vaccine': { vitals: [{ type: 'vaccine' }] },
      'a vital with a revision': { vitals: [{ _rev: '1-0' }] },
      'a vital with the id of the record': { vitals: [{ _id: stage.documents.record._id }] },
      'a prescription without lines': { prescriptions: [{ reason: 'x' }] },
      'two with one id': {
        vitals: [1, 2].map(() => ({ _id: `${stage.documents.patient.patientId}:vital:01h2xcejqtf2nbrexx3vqjhp41` })),
      },
      'an unknown list': { appointments: [] },
      'a record of another patient': { record: { diagnosis: 'x', patientId: stage.otherPatient.patientId } },
      'a record that links to another patient': {
        record: { diagnosis: 'x', vitalId: `${stage.otherPatient.patientId}:vital:${newUlid()}` },
      },
      'a record that links to nothing': {
        record: { diagnosis: 'x', appointmentId: `${stage.documents.patient.patientId}:appointment:${newUlid()}` },
      },
    }).map(([name, more]) => request(name, 'POST', '/api/visits', visit(more))),
  );
});

describe('accounts and sessions', () => {
  const WRONG = [5, true, null, [], {}, '', 'x'.repeat(5_000), ['x'], { $ne: '' }];
  const wrong = (method: string, path: string, valid: Readonly<Record<string, unknown>>, fields = Object.keys(valid)) =>
    fields.flatMap((field) =>
      WRONG.map((value) =>
        request(`${field} ${JSON.stringify(value).slice(0, 30)}`, method, path, { ...valid, [field]: value }),
      ),
    );
  const account = { username: 'new.one', role: 'nurse', name: 'New One', clinicIds: ['north'] };

  malformed('are not made of anything', () => [
    ...wrong('POST', '/api/accounts', { ...account, password: 'one long enough pass phrase' }),
    ...['A b', '../x', 'x', '-x', 'ä', '__proto__', 'x'.repeat(65), 'x\u0000y'].map((username) =>
      request(username, 'POST', '/api/accounts', { ...account, username }),
    ),
    request('a clinic that there is not', 'POST', '/api/accounts', { ...account, clinicIds: ['atlantis'] }),
    request('no clinic', 'POST', '/api/accounts', { ...account, clinicIds: [] }),
    request('a role that there is not', 'POST', '/api/accounts', { ...account, role: 'constructor' }),
    request('a patient that there is not', 'POST', '/api/accounts', {
      ...account,
      role: 'patient',
      clinicIds: undefined,
      patientId: newPatientId(),
    }),
    request('an unknown field', 'POST', '/api/accounts', { ...account, passwordHash: 'x' }),
    request('a username that is taken', 'POST', '/api/accounts', { ...account, username: 'admin' }),
  ]);
  malformed('are not changed to anything', () => [
    ...wrong('PATCH', '/api/accounts/doctornorth', {
      disabled: false,
      role: 'doctor',
      name: 'x',
      clinicIds: ['north'],
    }).filter(({ name }) => name !== 'disabled true'),
    request('nothing', 'PATCH', '/api/accounts/doctornorth', {}),
    request('the username', 'PATCH', '/api/accounts/doctornorth', { username: 'other' }),
    request('the id', 'PATCH', '/api/accounts/doctornorth', { userId: 'u' }),
    request('one that there is not', 'PATCH', '/api/accounts/nobody', { name: 'x' }),
    ...['%00', '%ff', '%2e%2e', '..;', '__proto__', 'constructor', 'x'.repeat(5_000), 'a%2fb'].flatMap((name) => [
      request(name, 'GET', `/api/accounts/${name}`),
      request(name, 'PATCH', `/api/accounts/${name}`, { name: 'x' }),
      request(name, 'GET', `/api/accounts/${name}/sessions`),
      request(name, 'DELETE', `/api/me/sessions/${name}`),
    ]),
  ]);
  const openings = () => [
    ...wrong('POST', '/api/login', { username: 'admin', password: 'x y z' }),
    ...[5, [], {}, '', 'x'.repeat(65), '__proto__', '../x', 'x\u0000'].map((deviceId) =>
      request(`deviceId ${JSON.stringify(deviceId).slice(0, 30)}`, 'POST', '/api/login', {
        username: 'nobody',
        password: 'x',
        deviceId,
      }),
    ),
    ...wrong('POST', '/api/token/refresh', { refreshToken: 'x' }),
    ...['x', 'x.y', '.', `${'x'.repeat(100)}.${'y'.repeat(99)}`, '__proto__.x'].map((refreshToken) =>
      request(refreshToken, 'POST', '/api/token/refresh', { refreshToken }),
    ),
    ...wrong('POST', '/api/set-password', { token: 'x', password: 'one long enough pass phrase' }),
    ...wrong('POST', '/api/me/password', { currentPassword: 'x', newPassword: 'one long enough pass phrase' }),
  ];
  malformed('are not opened by anything', openings, { isAudited: true });
  malformed('are not entered by any token', () =>
    [
      '',
      'Bearer',
      'Bearer ',
      'Bearer a b',
      'Basic YWRtaW46YWRtaW4=',
      'Bearer null',
      'Bearer e30.e30.',
      'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.',
      `Bearer ${'x'.repeat(5_000)}`,
      'Bearer \u00ff',
      `bearer ${'.'.repeat(100)}`,
      'Bearer __proto__',
    ].map((authorization) => ({
      name: authorization.slice(0, 30),
      method: 'GET',
      path: PATH_OF.patient,
      headers: { authorization },
    })),
  );
  malformed('are not erased with a patient by mistake', () =>
    [
      {},
      { confirm: '' },
      { confirm: true },
      { confirm: 'yes' },
      { confirm: stage.otherPatient.patientId },
      { confirm: ['x'] },
    ].map((body) => request(JSON.stringify(body), 'POST', `${pathOf('patient')}/erasure`, body)),
  );
});

describe('a query', () => {
  const LONG = 'x'.repeat(5_000);
  const COMMON = [
    ...['0', '-1', '1000000000', 'abc', '1.5', '', 'NaN', 'Infinity', '501', '5;drop', '%00', '1e99'].map(
      (limit) => `limit=${limit}`,
    ),
    'limit=2&limit=3',
    'limit[]=2',
    'limit[$gt]=2',
    ...['', 'abc', '%00', '%ff', LONG, 'null', '../..', 'AAAA', 'e30'].map((cursor) => `cursor=${cursor}`),
    'cursor=a&cursor=b',
    'unknown=1',
    '__proto__=1',
    '__proto__[limit]=1',
    'constructor=1',
    'constructor[prototype][limit]=1',
    'toString=1',
    '=1',
    `${LONG}=1`,
    'Limit=1',
    '%00=1',
  ];
  const LISTS = [
    ...[
      '',
      '__proto__',
      'constructor',
      'toString',
      '-',
      '--name',
      '-__proto__',
      'secret',
      '%00',
      LONG,
      '_id',
      'name,updatedAt',
    ].map((sort) => `sort=${sort}`),
    'sort=updatedAt&sort=-updatedAt',
    ...['from', 'to'].flatMap((name) =>
      [
        'notadate',
        '2026-02-30',
        '2026-13-01',
        '2026-02-30T10:00:00Z',
        '',
        '0',
        '2026',
        'null',
        '%00',
        '2026-01-01T10:00:00%2b01:00',
      ].map((value) => `sort=updatedAt&${name}=${value}`),
    ),
    'sort=updatedAt&from=2026-01-01&from=2026-01-02',
    'patientId=nobody',
    'patientId=__proto__',
    'patientId[]=x',
    `author=${LONG}`,
    'author=',
    'author=a&author=b',
    'clinic=NO',
    'clinic=',
    `clinic=${LONG}`,
    'status=elephant',
    'status=__proto__',
    'status=',
    'q=',
    'q=%20',
    `q=${LONG}`,
    'q=a&q=b',
    'q=x&sort=updatedAt&from=2026-01-01',
  ];
  const asked = (path: string, queries: readonly string[]) =>
    queries.map((query) => request(query.slice(0, 40), 'GET', `${path}?${query}`));

  for (const type of TYPES) {
    malformed(`of a list of the type ${type} says what it can`, () => asked(PATH_OF[type], [...COMMON, ...LISTS]));
    if (isPatientBound(type) && type !== 'patient') {
      malformed(`of a patient's list of the type ${type} says what it can`, () => [
        ...asked(`${pathOf('patient')}${PATH_OF[type].slice('/api'.length)}`, [...COMMON, ...LISTS]),
        ...asked(`${pathOf('patient')}${PATH_OF[type].slice('/api'.length)}`, [
          `patientId=${stage.otherPatient.patientId}`,
        ]),
      ]);
    }
  }
  malformed('of other lists says what it can', () => [
    ...asked(`${pathOf('patient')}/timeline`, [...COMMON, 'sort=name', 'q=x', 'from=2026-01-01']),
    ...asked('/api/accounts', [
      ...COMMON,
      'role=elephant',
      'clinicId=NO',
      'disabled=maybe',
      'q=',
      `q=${LONG}`,
      'sort=name',
    ]),
    ...asked('/api/audit', COMMON),
    ...asked(`${pathOf('patient')}/export`, [
      'format=xml',
      'format=',
      'format=json&format=fhir',
      'format=__proto__',
      'x=1',
    ]),
  ]);

  it('takes the cursor of its own list only', async () => {
    const { admin } = stage.server;
    const { nextCursor } = await admin.ok<{ nextCursor: string }>('GET', `${PATH_OF.patient}?limit=1`);
    const cursor = encodeURIComponent(nextCursor);
    expect(nextCursor).toBeTruthy();
    const flipped = encodeURIComponent(`${nextCursor.slice(0, -2)}${nextCursor.endsWith('A') ? 'BB' : 'AA'}`);
    const requests = [
      request('another type', 'GET', `${PATH_OF.drug}?cursor=${cursor}`),
      request('another order', 'GET', `${PATH_OF.patient}?sort=-name&cursor=${cursor}`),
      request('another filter', 'GET', `${PATH_OF.patient}?clinic=north&cursor=${cursor}`),
      request('a bit of it changed', 'GET', `${PATH_OF.patient}?cursor=${flipped}`),
      request('half of it', 'GET', `${PATH_OF.patient}?cursor=${cursor.slice(0, 20)}`),
      { ...request('another person', 'GET', `${PATH_OF.patient}?cursor=${cursor}`), headers: bearer('doctor') },
    ];
    count += requests.length;
    await expectProblems(stage, requests);
  });
});

describe('a path', () => {
  const TRICKS = [
    '%2e%2e',
    '%2e%2e%2fadmin',
    '..%2f..%2fetc%2fpasswd',
    '..;',
    '..%5c',
    '%252e%252e',
    '%00',
    '%ff',
    '%c0%ae',
    '%',
    '%zz',
    '%u0041',
    '%ed%a0%80',
    '__proto__',
    'constructor',
    'null',
    'undefined',
    '_all_docs',
    '_changes',
    '_design%2fx',
    '_local%2fx',
    '_bulk_docs',
    '%20',
    '*',
    ':id',
    '%2f',
    '%3f',
    '%23',
    '%0d%0aset-cookie:x',
    '😀'
      .split('')
      .map((unit) => `%${unit.charCodeAt(0).toString(16).slice(0, 2)}`)
      .join(''),
    'x'.repeat(10_000),
    '%78'.repeat(3_000),
  ];
  for (const type of TYPES) {
    malformed(`that names no document of the type ${type} leads nowhere`, () => {
      const other = TYPES.filter((one) => one !== type).map((one) => encodeURIComponent(stage.documents[one]._id));
      const { _id } = stage.documents[type];
      const near = [
        `${_id}%00`,
        `${_id}:x`,
        `${_id}%0a`,
        _id.toUpperCase(),
        `%20${_id}`,
        `${_id}%2f..`,
        `${_id}?x`.replace('?', '%3f'),
      ];
      const body = { ...newContent(type, stage.documents.patient.patientId), _rev: stage.documents[type]._rev };
      return [...TRICKS, ...other, ...near].flatMap((id) => [
        request(id.slice(0, 40), 'GET', `${PATH_OF[type]}/${id}`),
        request(id.slice(0, 40), 'PUT', `${PATH_OF[type]}/${id}`, body),
        request(id.slice(0, 40), 'PATCH', `${PATH_OF[type]}/${id}`, { notes: 'x' }),
        request(id.slice(0, 40), 'DELETE', `${PATH_OF[type]}/${id}`),
      ]);
    });
  }
  malformed('that names no patient, prescription or procedure leads nowhere', () =>
    TRICKS.flatMap((id) => [
      ...['records', 'timeline', 'export'].map((list) =>
        request(id.slice(0, 40), 'GET', `/api/patients/${id}/${list}`),
      ),
      request(id.slice(0, 40), 'POST', `/api/prescriptions/${id}/fill`, {}),
      request(id.slice(0, 40), 'POST', `/api/procedures/${id}/perform`, {}),
      request(id.slice(0, 40), 'POST', `/api/patients/${id}/erasure`, { confirm: id }),
    ]),
  );
  malformed('that is no route leads nowhere', () =>
    [
      '/api',
      '/api/',
      '/api//patients',
      '/api/patients/',
      '/api/patients//',
      '/api/Patients',
      '/api/patients/../accounts',
      '/api/patients/..;/accounts',
      '/api/./patients',
      '/api/patients;x=1',
      '/api/patients%2f',
      '/api/patient',
      '/api/sync',
      '/api/admin',
      '/api/.env',
      '/api/.git/config',
      '/api/openapi.yaml',
      '/api/%70atients%00',
      '/api/records/_all_docs',
      '/api/login',
      '/api/token',
      '/api/me/',
      '/api/me/password/',
      '/api/accounts/admin/password',
      `/api/${'x/'.repeat(2_000)}`,
      `${pathOf('patient')}/secrets`,
      `${pathOf('patient')}/records/${stage.documents.record._id}`,
      `${pathOf('prescription')}/perform`,
      `${pathOf('record')}/fill`,
      `${pathOf('patient')}/__proto__`,
    ].map((path) => request('', 'GET', path)),
  );
  malformed('is used with its own methods only', () => {
    const paths = [
      ...TYPES.flatMap((type) => [PATH_OF[type], pathOf(type)]),
      `${pathOf('patient')}/timeline`,
      '/api/visits',
      '/api/accounts',
      '/api/login',
      '/api/me',
    ];
    const strange = ['TRACE', 'PURGE', 'PROPFIND', 'LINK', 'COPY', 'MKCOL', 'SEARCH', 'OPTIONS'];
    return [
      ...paths.flatMap((path) => strange.map((method) => request('', method, path))),
      ...TYPES.flatMap((type) => [
        request('', 'PUT', PATH_OF[type], {}),
        request('', 'PATCH', PATH_OF[type], {}),
        request('', 'DELETE', PATH_OF[type]),
        request('', 'POST', pathOf(type), {}),
      ]),
      request('', 'GET', '/api/visits'),
      request('', 'HEAD', '/api/visits'),
      request('', 'GET', '/api/logout'),
      request('', 'DELETE', '/api/me'),
      request('', 'GET', `${pathOf('prescription')}/fill`),
      request('', 'POST', `${pathOf('patient')}/timeline`, {}),
    ];
  });
});

describe('headers', () => {
  const TAGS = [
    '',
    '""',
    '"',
    'x',
    '"x"',
    'W/"1-x"',
    '"1-0",',
    ', ,',
    '"__proto__"',
    '\u00ff',
    `"${'x'.repeat(5_000)}"`,
    '"*"x',
  ];
  for (const type of TYPES) {
    malformed(`by which a document of the type ${type} is changed name its revision`, () =>
      TAGS.flatMap((tag) => {
        const header = { 'if-match': tag };
        const { _rev, ...rest } = stage.documents[type];
        return [
          request(`if-match ${tag.slice(0, 30)}`, 'PUT', pathOf(type), rest, header),
          request(`if-match ${tag.slice(0, 30)}`, 'PATCH', pathOf(type), {}, header),
          request(`if-match ${tag.slice(0, 30)}`, 'DELETE', pathOf(type), undefined, header),
        ];
      }),
    );
    malformed(`by which a document of the type ${type} is added once are plain text`, () =>
      ['', 'x'.repeat(256), '\u00e9', '\t', 'a\tb'].map((key) =>
        request(
          `idempotency-key ${JSON.stringify(key).slice(0, 30)}`,
          'POST',
          PATH_OF[type],
          newContent(type, stage.documents.patient.patientId),
          {
            'idempotency-key': key,
          },
        ),
      ),
    );
  }

  it('that lie about the length of the body are found out', async () => {
    const before = await sequences(stage.server);
    const body = JSON.stringify(newContent('drug', ''));
    const head = (length: number | string, more = '') =>
      `POST ${PATH_OF.drug} HTTP/1.1\r\nhost: x\r\nauthorization: ${bearer().authorization}\r\ncontent-type: application/json\r\n${more}content-length: ${length}\r\n\r\n`;
    const tooShort = await stage.raw.sendBytes(head(body.length - 5) + body, { until: /\}\n?$/ });
    // What is left over is no request: the connection may end over it before the answer is out.
    expect(tooShort).toMatch(/^HTTP\/1\.1 400 /);
    const far = await stage.raw.sendBytes(head(10 ** 12), { until: /\}\n?$/ });
    expect(far).toMatch(/^HTTP\/1\.1 413 [\s\S]*too_large/);
    for (const length of ['-1', 'x', '1, 2', '0x10'])
      expect(await stage.raw.sendBytes(head(length) + body, { until: /\r\n\r\n/ })).toMatch(/^HTTP\/1\.1 400 /);
    const both = head(body.length, 'transfer-encoding: chunked\r\n') + body;
    expect(await stage.raw.sendBytes(both, { until: /\r\n\r\n/ })).toMatch(/^HTTP\/1\.1 400 /);
    count += 7;
    expect(await sequences(stage.server)).toEqual(before);
  });
});

describe('the sync routes', () => {
  const BASE = '/sync/nurse-north';
  const REV = `1-${'0'.repeat(32)}`;
  const targets = () => {
    const { patientId } = stage.documents.patient;
    const id = `${patientId}:record:${newUlid()}`;
    /** The bad body as a document, as far as it is an object. */
    const asDocument = (body: Buffer | string) =>
      Buffer.concat([
        Buffer.from(`{"_id":"${id}","_rev":"${REV}","type":"record","patientId":"${patientId}","x":`),
        Buffer.from(body),
        Buffer.from('}'),
      ]);
    const inList = (field: string, body: Buffer) =>
      Buffer.concat([Buffer.from(`{"new_edits":false,"${field}":[`), body, Buffer.from(']}')]);
    return [
      { method: 'POST', path: `${BASE}/_bulk_docs`, wrap: (body: Buffer | string) => inList('docs', asDocument(body)) },
      {
        method: 'POST',
        path: `${BASE}/record/_bulk_docs`,
        wrap: (body: Buffer | string) => inList('docs', asDocument(body)),
      },
      {
        method: 'POST',
        path: `${BASE}/_bulk_docs`,
        wrap: (body: Buffer | string) => inList('docs', Buffer.from(body)),
      },
      { method: 'POST', path: `${BASE}/_bulk_get`, wrap: (body: Buffer | string) => inList('docs', Buffer.from(body)) },
      { method: 'POST', path: `${BASE}/_revs_diff`, wrap: (body: Buffer | string) => Buffer.from(body) },
      { method: 'POST', path: `${BASE}/_revs_diff`, wrap: (body: Buffer | string) => asDocument(body) },
      { method: 'POST', path: `${BASE}/_all_docs`, wrap: (body: Buffer | string) => inList('keys', Buffer.from(body)) },
      {
        method: 'POST',
        path: `${BASE}/_changes`,
        wrap: (body: Buffer | string) => inList('doc_ids', Buffer.from(body)),
      },
      { method: 'PUT', path: `${BASE}/_local/x`, wrap: (body: Buffer | string) => Buffer.from(body) },
      { method: 'PUT', path: `${BASE}/_local/x`, wrap: (body: Buffer | string) => asDocument(body) },
      { method: 'PUT', path: `${BASE}/${id}`, wrap: asDocument },
      { method: 'POST', path: BASE, wrap: asDocument },
    ];
  };

  it('do not fail on any of it, and speak their own dialect', async () => {
    const faults: string[] = [];
    const { server, raw } = stage;
    const primary = await server.core.primary.info();
    const headers = bearer('nurse');
    const requests = targets().flatMap(({ method, path, wrap }) => [
      ...badDocuments.map(({ name, body }) => ({
        name,
        method,
        path,
        body: wrap(body),
        headers: { ...headers, ...JSON_TYPE },
      })),
      ...badBodies(MAX_SYNC_BODY_BYTES).map((bad) => ({
        ...bad,
        method,
        path,
        headers: { ...headers, ...bad.headers },
      })),
    ]);
    count += requests.length;
    for (const sent of requests) {
      const { status, text } = await raw.send(sent);
      const isFault = status >= 500 || (status >= 400 && !isCouchError(text));
      if (isFault) faults.push(`${sent.method} ${sent.path}, ${sent.name}: ${status} ${text.slice(0, 200)}`);
    }
    expect(faults).toEqual([]);
    expect(await server.core.primary.info()).toEqual(primary);
  });

  function isCouchError(text: string): boolean {
    const { error, reason } = JSON.parse(text) as { error?: unknown; reason?: unknown };
    return typeof error === 'string' && typeof reason === 'string';
  }
});

it('there are more than 250 of them, and the server goes on', async () => {
  process.stdout.write(`malformed requests: ${count}\n`);
  expect(count).toBeGreaterThan(250);
  expect((await stage.server.admin.request('GET', pathOf('patient'))).status).toBe(200);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
