/** Bodies that no route takes, to every route that takes one. */
import { PATH_OF, TYPES } from '../access-matrix/situations.ts';
import { badBodies } from './bodies.ts';
import type { Group, Requests } from './requests.ts';
import { MAX_BODY_BYTES } from './stage.ts';

interface BodyRoute {
  readonly method: string;
  /** As the description of the API names it. */
  readonly template: string;
  readonly path: (requests: Requests) => string;
}

const route = (method: string, template: string, path: BodyRoute['path'] = () => template): BodyRoute => ({
  method,
  template,
  path,
});

export const BODY_ROUTES: readonly BodyRoute[] = [
  ...TYPES.flatMap((type) => [
    route('POST', PATH_OF[type]),
    route('PUT', `${PATH_OF[type]}/{id}`, (requests) => requests.pathOf(type)),
    route('PATCH', `${PATH_OF[type]}/{id}`, (requests) => requests.pathOf(type)),
  ]),
  ...['fill', 'unfill'].map((action) =>
    route('POST', `/api/prescriptions/{id}/${action}`, (requests) => `${requests.pathOf('prescription')}/${action}`),
  ),
  route('POST', '/api/procedures/{id}/perform', (requests) => `${requests.pathOf('procedure')}/perform`),
  route('POST', '/api/visits'),
  route('POST', '/api/patients/{id}/erasure', (requests) => `${requests.pathOf('patient')}/erasure`),
  route('POST', '/api/accounts'),
  route('PATCH', '/api/accounts/{username}', () => '/api/accounts/doctornorth'),
  route('PATCH', '/api/admin/devices/{deviceId}', () => '/api/admin/devices/unheard-of'),
  ...['accept', 'reject'].map((decision) =>
    route(
      'POST',
      `/api/admin/held-writes/{id}/${decision}`,
      () => `/api/admin/held-writes/${'0'.repeat(64)}/${decision}`,
    ),
  ),
  route('POST', '/api/admin/held-writes/decide'),
  route('POST', '/api/admin/rules/try'),
  route('POST', '/api/login'),
  route('POST', '/api/admin/session'),
  route('POST', '/api/token/refresh'),
  route('POST', '/api/set-password'),
  route('POST', '/api/me/password'),
];

const bodies = badBodies(MAX_BODY_BYTES);

export const bodyGroups: readonly Group[] = BODY_ROUTES.map(({ method, template, path }) => ({
  name: `is not taken by ${method} ${template}`,
  make: (requests) =>
    bodies.map(({ headers, ...bad }) => ({
      ...bad,
      method,
      path: path(requests),
      headers: { ...requests.bearer(), ...headers },
    })),
}));
