/** The system, for administrators: versions, memory, disk, the store, and other servers. */
import { type ApiRoute, route } from '../../http/api-route.ts';
import { systemSchema } from './system-schemas.ts';
import type { SystemStatus } from './system-status.ts';

export interface SystemRoutesOptions {
  readonly system: Pick<SystemStatus, 'read'>;
}

export const systemRoutes = ({ system }: SystemRoutesOptions): ApiRoute[] => [
  route({
    method: 'get',
    path: '/admin/system',
    tag: 'dashboard',
    summary: 'Read the state of this server and of its store',
    description: 'Of the server that answers. What cannot be read says why, and everything else is there all the same.',
    access: { roles: ['admin'] },
    answers: { 200: { description: 'The system', schema: systemSchema } },
    handle: async () => ({ body: await system.read() }),
  }),
];
