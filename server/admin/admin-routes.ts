/** What an administrator does about replication: routes below `/api/admin`, with what they are made of. */
import type { SyncRules } from '../../sync-rules/sync-rules.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Core } from '../core.ts';
import type { ApiRoute } from '../http/api-route.ts';
import { type ClinicUsageOptions, clinicUsageRoute } from './devices/clinic-usage-route.ts';
import { type DevicesRoutesOptions, devicesRoutes } from './devices/devices-routes.ts';
import { inspectionRoutes } from './documents/documents-routes.ts';
import { type EventsRoutesOptions, eventsRoutes } from './events/events-routes.ts';
import { type HeldWritesRoutesOptions, heldWritesRoutes } from './held-writes/held-writes-routes.ts';
import { type OverviewRoutesOptions, overviewRoutes } from './overview/overview-routes.ts';
import { type ProjectorRoutesOptions, projectorRoutes } from './role-databases/projector-routes.ts';
import { type RoleDatabasesRoutesOptions, roleDatabasesRoutes } from './role-databases/role-databases-routes.ts';
import { type RulesRoutesOptions, rulesRoutes } from './rules/rules-routes.ts';
import { type SessionRoutesOptions, sessionRoutes } from './session/session-routes.ts';
import { type SystemRoutesOptions, systemRoutes } from './system/system-routes.ts';

export interface AdminRoutesOptions
  extends Pick<Core, 'primary' | 'held' | 'writePath' | 'readBody' | 'roleDatabases' | 'history' | 'rebuild'>,
    Omit<DevicesRoutesOptions, 'record' | 'sessions' | 'knownDevices'>,
    Omit<SessionRoutesOptions, 'record' | 'sessions'>,
    Pick<RulesRoutesOptions, 'accounts'>,
    Pick<HeldWritesRoutesOptions, 'openHeldWrites'>,
    Pick<RoleDatabasesRoutesOptions, 'builds' | 'comparisons' | 'facts'>,
    Pick<ProjectorRoutesOptions, 'projector' | 'pause' | 'readyLagSeconds'>,
    OverviewRoutesOptions,
    SystemRoutesOptions,
    EventsRoutesOptions {
  readonly sessions: DevicesRoutesOptions['sessions'] & SessionRoutesOptions['sessions'];
  readonly accounts: RulesRoutesOptions['accounts'] & ClinicUsageOptions['accounts'];
  readonly knownDevices: DevicesRoutesOptions['knownDevices'] & ClinicUsageOptions['knownDevices'];
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
    ...overviewRoutes(options),
    ...systemRoutes(options),
    ...heldWritesRoutes(options),
    ...devicesRoutes(options),
    clinicUsageRoute(options),
    ...roleDatabasesRoutes(options),
    ...projectorRoutes(options),
    ...inspectionRoutes(options),
    ...rulesRoutes(options),
  ];
}
