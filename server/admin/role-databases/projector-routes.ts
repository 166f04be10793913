/** The projector, for administrators: how far it is, and pausing it. */
import type { ReplicationEvent } from '../../audit/replication-events.ts';
import type { ProjectorPause } from '../../documents/projection/projector-pause.ts';
import { type ApiRoute, route } from '../../http/api-route.ts';
import { type ProjectorViewOptions, projectorView } from './projector-view.ts';
import { projectorSchema } from './role-database-schemas.ts';

export interface ProjectorRoutesOptions extends ProjectorViewOptions {
  readonly pause: Pick<ProjectorPause, 'paused' | 'pause' | 'resume'>;
  readonly record: (event: ReplicationEvent) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

const COMMON = {
  tag: 'replication',
  access: { roles: ['admin'] },
  answers: { 200: { description: 'As it is now', schema: projectorSchema } },
} as const;

const PAUSE =
  'While it is paused, on all servers and across restarts, role databases are given nothing: devices go on reading what is there, ' +
  'and see no news. What they and others write is accepted and kept in the primary database, and comes to the role databases ' +
  'when the projector is resumed. A device whose write is refused is still corrected, and an erasure still reaches every role database. ' +
  'Builds wait. New clinics and patient accounts get their role databases afterwards; until then their devices are told to try ' +
  'again. A clinic cannot be deleted meanwhile. The server reports itself not ready when the lag exceeds its limit.';

export const projectorRoutes = (options: ProjectorRoutesOptions): ApiRoute[] => [
  route({
    ...COMMON,
    method: 'get',
    path: '/admin/projector',
    summary: 'Read how far the projector is',
    handle: async () => ({ body: await projectorView(options) }),
  }),
  route({
    ...COMMON,
    method: 'post',
    path: '/admin/projector/pause',
    summary: 'Pause the projector',
    description: PAUSE,
    handle: async ({ principal: { userId: by } }) => {
      const isNew = await options.pause.pause({ at: new Date(options.nowMs()).toISOString(), by });
      if (isNew) await options.record({ kind: 'projector_paused', by });
      return { body: await projectorView(options) };
    },
  }),
  route({
    ...COMMON,
    method: 'post',
    path: '/admin/projector/resume',
    summary: 'Let the projector go on where it was paused',
    handle: async ({ principal: { userId: by } }) => {
      const isNew = await options.pause.resume({ at: new Date(options.nowMs()).toISOString(), by });
      if (isNew) await options.record({ kind: 'projector_resumed', by });
      return { body: await projectorView(options) };
    },
  }),
];
