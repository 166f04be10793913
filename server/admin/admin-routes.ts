/** What an administrator does about replication: routes below `/api/admin`, with what they are made of. */
import type { SyncRules } from '../../sync-rules/sync-rules.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Core } from '../core.ts';
import type { ApiRoute } from '../http/api-route.ts';
import { type DevicesRoutesOptions, devicesRoutes } from './devices/devices-routes.ts';
import { type EventsRoutesOptions, eventsRoutes } from './events/events-routes.ts';
import { heldWritesRoutes } from './held-writes/held-writes-routes.ts';
import { type SessionRoutesOptions, sessionRoutes } from './session/session-routes.ts';

export interface AdminRoutesOptions
  extends Pick<Core, 'primary' | 'held' | 'writePath' | 'readBody'>,
    Omit<DevicesRoutesOptions, 'record' | 'sessions'>,
    Omit<SessionRoutesOptions, 'record' | 'sessions'>,
    EventsRoutesOptions {
  readonly sessions: DevicesRoutesOptions['sessions'] & SessionRoutesOptions['sessions'];
  readonly rules: SyncRules;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly maxDocumentBytes: number;
  readonly nowMs: () => number;
}

export function adminRoutes(given: AdminRoutesOptions): ApiRoute[] {
  const options = { ...given, record: given.audit.record };
  return [
    ...sessionRoutes(options),
    ...eventsRoutes(options),
    ...heldWritesRoutes(options),
    ...devicesRoutes(options),
  ];
}
