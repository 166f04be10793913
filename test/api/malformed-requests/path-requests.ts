/** Addresses of nothing, and methods that an address does not have. */
import { PATH_OF, TYPES, type TypeName } from '../access-matrix/situations.ts';
import type { Group, Requests } from './requests.ts';
import type { Malformed } from './stage.ts';

const TRICKS: readonly string[] = [
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
  'x'.repeat(10_000),
  '%78'.repeat(3_000),
];

function wrongIds(requests: Requests, type: TypeName): Malformed[] {
  const { documents } = requests.stage;
  const { _id, _rev } = documents[type];
  const others = TYPES.filter((one) => one !== type).map((one) => encodeURIComponent(documents[one]._id));
  const near = [`${_id}%00`, `${_id}:x`, `${_id}%0a`, _id.toUpperCase(), `%20${_id}`, `${_id}%2f..`, `${_id}%3fx`];
  const body = { ...requests.content(type), _rev };
  return [...TRICKS, ...others, ...near].flatMap((id) => [
    requests.of('', 'GET', `${PATH_OF[type]}/${id}`),
    requests.of('', 'PUT', `${PATH_OF[type]}/${id}`, body),
    requests.of('', 'PATCH', `${PATH_OF[type]}/${id}`, { notes: 'x' }),
    requests.of('', 'DELETE', `${PATH_OF[type]}/${id}`),
  ]);
}

const wrongIdsBelow = (requests: Requests): Malformed[] =>
  TRICKS.flatMap((id) => [
    ...['records', 'timeline', 'export'].map((list) => requests.of('', 'GET', `/api/patients/${id}/${list}`)),
    requests.of('', 'POST', `/api/prescriptions/${id}/fill`, {}),
    requests.of('', 'POST', `/api/procedures/${id}/perform`, {}),
    requests.of('', 'POST', `/api/patients/${id}/erasure`, { confirm: id }),
  ]);

const noRoutes = (requests: Requests): Malformed[] =>
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
    `${requests.pathOf('patient')}/secrets`,
    `${requests.pathOf('patient')}/records/${requests.stage.documents.record._id}`,
    `${requests.pathOf('prescription')}/perform`,
    `${requests.pathOf('record')}/fill`,
    `${requests.pathOf('patient')}/__proto__`,
  ].map((path) => requests.of('', 'GET', path));

const STRANGE_METHODS = ['TRACE', 'PURGE', 'PROPFIND', 'LINK', 'COPY', 'MKCOL', 'SEARCH', 'OPTIONS'];

function wrongMethods(requests: Requests): Malformed[] {
  const paths = [
    ...TYPES.flatMap((type) => [PATH_OF[type], requests.pathOf(type)]),
    `${requests.pathOf('patient')}/timeline`,
    '/api/visits',
    '/api/accounts',
    '/api/login',
    '/api/me',
  ];
  return [
    ...paths.flatMap((path) => STRANGE_METHODS.map((method) => requests.of('', method, path))),
    ...TYPES.flatMap((type) => [
      requests.of('', 'PUT', PATH_OF[type], {}),
      requests.of('', 'PATCH', PATH_OF[type], {}),
      requests.of('', 'DELETE', PATH_OF[type]),
      requests.of('', 'POST', requests.pathOf(type), {}),
    ]),
    requests.of('', 'GET', '/api/visits'),
    requests.of('', 'HEAD', '/api/visits'),
    requests.of('', 'GET', '/api/logout'),
    requests.of('', 'DELETE', '/api/me'),
    requests.of('', 'GET', `${requests.pathOf('prescription')}/fill`),
    requests.of('', 'POST', `${requests.pathOf('patient')}/timeline`, {}),
  ];
}

export const pathGroups: readonly Group[] = [
  ...TYPES.map(
    (type): Group => ({
      name: `that names no document of the type ${type} leads nowhere`,
      make: (requests) => wrongIds(requests, type),
    }),
  ),
  { name: 'below one that names nothing leads nowhere', make: wrongIdsBelow },
  { name: 'that is no route leads nowhere', make: noRoutes },
  { name: 'is used with its own methods only', make: wrongMethods },
];
