/** Every endpoint of the API that asks for a login, with a path that names documents which are there. */
import { isPatientBound, newId, PATH_OF, TYPES } from './situations.ts';
import type { Stage } from './stage.ts';

export interface Endpoint {
  readonly method: string;
  /** As the description of the API names it. */
  readonly template: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** What the path names is not there: who may ask is told so. */
  readonly missing?: true;
}

export const ACTIONS = {
  fill: 'prescription',
  unfill: 'prescription',
  perform: 'procedure',
} as const;
export const PATIENT_LISTS = TYPES.filter((type) => isPatientBound(type) && type !== 'patient');
export const listOfPatient = (type: (typeof TYPES)[number]): string => PATH_OF[type].slice('/api/'.length);

const get = (template: string): Endpoint => ({ method: 'GET', template });
const missing = (method: string, template: string, body?: Endpoint['body']): Endpoint => ({
  method,
  template,
  ...(body && { body }),
  missing: true,
});
const send = (method: string, template: string, body: Endpoint['body'] = {}): Endpoint => ({ method, template, body });

export const ADMIN_ENDPOINTS: readonly Endpoint[] = [
  get('/api/accounts'),
  send('POST', '/api/accounts', { username: 'made.by.the.matrix', role: 'admin', name: 'Made by the matrix' }),
  get('/api/accounts/{username}'),
  send('PATCH', '/api/accounts/{username}', { name: 'Another name' }),
  send('POST', '/api/accounts/{username}/invitation'),
  send('POST', '/api/accounts/{username}/enrolment-code'),
  get('/api/accounts/{username}/sessions'),
  { method: 'DELETE', template: '/api/accounts/{username}/sessions' },
  get('/api/audit'),
  send('POST', '/api/patients/{id}/erasure', { confirm: '{id}' }),
  get('/api/admin/session'),
  missing('POST', '/api/admin/session/end'),
  get('/api/admin/overview'),
  get('/api/admin/clinics-health'),
  get('/api/admin/series'),
  get('/api/admin/system'),
  get('/api/admin/devices'),
  missing('GET', '/api/admin/devices/{deviceId}'),
  missing('PATCH', '/api/admin/devices/{deviceId}', { name: 'Another name' }),
  missing('DELETE', '/api/admin/devices/{deviceId}'),
  missing('POST', '/api/admin/devices/{deviceId}/revoke'),
  missing('POST', '/api/admin/devices/{deviceId}/restore'),
  missing('POST', '/api/admin/devices/{deviceId}/fresh-replica'),
  get('/api/admin/clinic-usage'),
  get('/api/admin/role-databases'),
  missing('GET', '/api/admin/role-databases/{name}'),
  missing('POST', '/api/admin/role-databases/{name}/rebuild'),
  missing('GET', '/api/admin/role-databases/{name}/comparison'),
  missing('POST', '/api/admin/role-databases/{name}/comparison'),
  get('/api/admin/projector'),
  send('POST', '/api/admin/projector/pause'),
  send('POST', '/api/admin/projector/resume'),
  missing('GET', '/api/admin/documents/{id}'),
  missing('GET', '/api/admin/documents/{id}/revisions/{rev}'),
  get('/api/admin/rules'),
  send('POST', '/api/admin/rules/try', { role: 'admin', document: { type: 'drug' } }),
  get('/api/admin/held-writes'),
  get('/api/admin/held-writes/summary'),
  get('/api/admin/waiting-documents'),
  missing('GET', '/api/admin/held-writes/{id}'),
  missing('POST', '/api/admin/held-writes/{id}/accept', {}),
  missing('POST', '/api/admin/held-writes/{id}/reject', { note: 'No' }),
  send('POST', '/api/admin/held-writes/decide', { ids: ['0'.repeat(64)], decision: 'reject', note: 'No' }),
];

export const OWN_ENDPOINTS: readonly Endpoint[] = [
  get('/api/me'),
  send('POST', '/api/me/password'),
  get('/api/me/sessions'),
  get('/api/me/devices'),
  { method: 'DELETE', template: '/api/me/sessions' },
  { method: 'DELETE', template: '/api/me/sessions/{id}' },
  { method: 'POST', template: '/api/logout' },
];

export const ENDPOINTS: readonly Endpoint[] = [
  ...TYPES.flatMap((type) => [
    get(PATH_OF[type]),
    send('POST', PATH_OF[type]),
    get(`${PATH_OF[type]}/{id}`),
    send('PUT', `${PATH_OF[type]}/{id}`),
    send('PATCH', `${PATH_OF[type]}/{id}`),
    { method: 'DELETE', template: `${PATH_OF[type]}/{id}` },
  ]),
  ...Object.entries(ACTIONS).map(([action, type]) => send('POST', `${PATH_OF[type]}/{id}/${action}`)),
  ...PATIENT_LISTS.map((type) => get(`/api/patients/{id}/${listOfPatient(type)}`)),
  get('/api/patients/{id}/timeline'),
  get('/api/patients/{id}/export'),
  send('POST', '/api/visits'),
  ...ADMIN_ENDPOINTS,
  ...OWN_ENDPOINTS,
];

/** Those that nobody has to be signed in for. */
export const OPEN_ENDPOINTS = [
  'POST /api/login',
  'POST /api/token/refresh',
  'POST /api/set-password',
  'POST /api/admin/session',
];

/** A stream has no end to wait for: who gets it is asked in test/admin/events.test.ts. */
export const STREAMS = ['GET /api/admin/events'];

/** A path of replication that names nothing: what is there has tests of its own. */
export const pathToNobodys = (template: string): string =>
  template
    .replace('{deviceId}', 'unheard-of')
    .replace('{id}', '0'.repeat(64))
    .replace('{name}', 'nurse-nowhere')
    .replace('{rev}', `1-${'0'.repeat(32)}`);

/** The path to something that is there. */
export function pathOf({ template }: Endpoint, { documentsOf, ownPatientId }: Stage): string {
  const type = TYPES.find((one) => template.startsWith(`${PATH_OF[one]}/`));
  const there = documentsOf(ownPatientId).find(({ situation }) => situation.type === type)?.id;
  const id = type === 'patient' ? ownPatientId : (there ?? newId(type ?? 'drug', ownPatientId));
  if (template.startsWith('/api/admin/')) return pathToNobodys(template);
  return template.replace('{id}', id).replace('{username}', 'doctornorth');
}
