/** Role databases, for administrators: what is known of each, building one anew, comparing one with the primary. */

import { z } from 'zod';
import { isClinicSlug } from '../../../shared-schemas/ids.ts';
import { ROLE_DATABASE_ROLES } from '../../../sync-rules/role-database.ts';
import type { ReplicationEvent } from '../../audit/replication-events.ts';
import type { BuildLoop } from '../../documents/projection/build-loop.ts';
import { type ApiRoute, route } from '../../http/api-route.ts';
import type { Cursors } from '../../http/cursor.ts';
import { HttpError } from '../../http/errors.ts';
import { cursorScope, describedPage, pageFields } from '../../http/paging.ts';
import type { Comparisons } from './comparisons.ts';
import {
  type ListedRoleDatabase,
  listRoleDatabases,
  ROLE_DATABASE_SORTS,
  ROLE_DATABASE_STATES,
  type RoleDatabaseListOptions,
  readRoleDatabase,
} from './role-database-list.ts';
import { comparisonSchema, roleDatabaseSchema } from './role-database-schemas.ts';

export interface RoleDatabasesRoutesOptions extends RoleDatabaseListOptions {
  readonly builds: Pick<BuildLoop, 'request'>;
  readonly comparisons: Pick<Comparisons, 'start' | 'view'>;
  readonly cursors: Cursors;
  readonly record: (event: ReplicationEvent) => Promise<void>;
}

const COMMON = { tag: 'replication', access: { roles: ['admin'] } } as const;
const ONE = { ...COMMON, params: { name: 'As it appears in `/sync/<name>`' }, errors: ['not_found'] } as const;

const querySchema = z.strictObject({
  ...pageFields,
  sort: z.enum(ROLE_DATABASE_SORTS).default('name').describe('What it is sorted by; with - from the greatest down'),
  role: z.enum(ROLE_DATABASE_ROLES).optional().describe('Of this role'),
  clinic: z.string().refine(isClinicSlug, 'must be the slug of a clinic').optional().describe('Of this clinic'),
  state: z.enum(ROLE_DATABASE_STATES).optional().describe('In this state'),
  q: z.string().trim().min(1).max(100).optional().describe('Part of its name'),
});

export const roleDatabasesRoutes = (options: RoleDatabasesRoutesOptions): ApiRoute[] => [
  ...readingRoutes(options),
  ...comparisonRoutes(options),
  route({
    ...ONE,
    method: 'post',
    path: '/admin/role-databases/{name}/rebuild',
    summary: 'Build a role database anew from the primary',
    description:
      'It is built in the background, one after the other, beside the one that devices read; then they are given the new one, ' +
      'read it from its beginning, and end with what it says, also where the old one was damaged. One that is being built already ' +
      'is finished. It goes on after a restart, and waits while the projector is paused.',
    answers: { 202: { description: 'It is, or will be, built', schema: roleDatabaseSchema } },
    handle: async ({ principal: { userId: by }, params }) => {
      const { name } = await found(options, params.name);
      await options.record({ kind: 'role_database_rebuild', database: name, by });
      await options.builds.request(name);
      return { status: 202, body: await found(options, name) };
    },
  }),
];

const readingRoutes = (options: RoleDatabasesRoutesOptions): ApiRoute[] => [
  route({
    ...COMMON,
    method: 'get',
    path: '/admin/role-databases',
    summary: 'List role databases',
    query: querySchema,
    answers: { 200: describedPage(roleDatabaseSchema, 'A page') },
    handle: async ({ principal, query: { limit, cursor, ...asked } }) => {
      const scope = cursorScope(principal, 'role databases', asked);
      const after = cursor === undefined ? undefined : options.cursors.open(cursor, scope);
      const { items, total, next } = await listRoleDatabases(options, { ...asked, limit, after });
      return { body: { items, total, ...(next !== undefined && { nextCursor: options.cursors.seal(next, scope) }) } };
    },
  }),
  route({
    ...ONE,
    method: 'get',
    path: '/admin/role-databases/{name}',
    summary: 'Read what is known of a role database',
    answers: { 200: { description: 'The role database', schema: roleDatabaseSchema } },
    handle: async ({ params }) => ({ body: await found(options, params.name) }),
  }),
];

const comparisonRoutes = (options: RoleDatabasesRoutesOptions): ApiRoute[] => [
  route({
    ...ONE,
    method: 'post',
    path: '/admin/role-databases/{name}/comparison',
    summary: 'Compare a role database with the primary',
    description:
      'Every document that is in it, or should be, is compared in the background with what the access rules make of the primary. ' +
      'Nothing is changed. One that is under way goes on.',
    answers: { 202: { description: 'It is, or will be, compared', schema: comparisonSchema } },
    errors: ['not_found', 'wrong_state'],
    handle: async ({ principal: { userId: by }, params }) => {
      const { name, serves } = await found(options, params.name);
      if (!serves)
        throw new HttpError('wrong_state', {
          detail: 'This role database is being built for the first time: compare it when it is done.',
        });
      await options.record({ kind: 'role_database_comparison', database: name, by });
      return { status: 202, body: await options.comparisons.start(name, by) };
    },
  }),
  route({
    ...ONE,
    method: 'get',
    path: '/admin/role-databases/{name}/comparison',
    summary: 'Read how far its comparison is, or the result of the last one',
    answers: { 200: { description: 'The comparison', schema: comparisonSchema } },
    handle: async ({ params }) => {
      const { name } = await found(options, params.name);
      return { body: await options.comparisons.view(name) };
    },
  }),
];

async function found(options: RoleDatabaseListOptions, name = ''): Promise<ListedRoleDatabase> {
  const one = await readRoleDatabase(options, name);
  if (!one) throw new HttpError('not_found', { detail: 'No role database has this name.' });
  return one;
}
