/** What an administrator does about replication: routes below `/api/admin`, with what they are made of. */
import type { AuditLog } from '../audit/audit-log.ts';
import type { ApiRoute } from '../http/api-route.ts';
import { type ClinicUsageOptions, clinicUsageRoute } from './devices/clinic-usage-route.ts';
import { type DevicesRoutesOptions, devicesRoutes } from './devices/devices-routes.ts';
import { type InspectionRoutesOptions, inspectionRoutes } from './documents/documents-routes.ts';
import { type EventsRoutesOptions, eventsRoutes } from './events/events-routes.ts';
import { type HeldWritesRoutesOptions, heldWritesRoutes } from './held-writes/held-writes-routes.ts';
import { type OverviewRoutesOptions, overviewRoutes } from './overview/overview-routes.ts';
import { type ProjectorRoutesOptions, projectorRoutes } from './role-databases/projector-routes.ts';
import { type RoleDatabasesRoutesOptions, roleDatabasesRoutes } from './role-databases/role-databases-routes.ts';
import { type RulesRoutesOptions, rulesRoutes } from './rules/rules-routes.ts';
import { type SessionRoutesOptions, sessionRoutes } from './session/session-routes.ts';
import { type SystemRoutesOptions, systemRoutes } from './system/system-routes.ts';
import {
  type WaitingDocumentsRoutesOptions,
  waitingDocumentsRoutes,
} from './waiting-documents/waiting-documents-routes.ts';

type AllOptions = SessionRoutesOptions &
  EventsRoutesOptions &
  OverviewRoutesOptions &
  SystemRoutesOptions &
  HeldWritesRoutesOptions &
  WaitingDocumentsRoutesOptions &
  DevicesRoutesOptions &
  ClinicUsageOptions &
  RoleDatabasesRoutesOptions &
  ProjectorRoutesOptions &
  InspectionRoutesOptions &
  RulesRoutesOptions;

export type AdminRoutesOptions = Omit<AllOptions, 'record'> & { readonly audit: Pick<AuditLog, 'record'> };

export function adminRoutes(given: AdminRoutesOptions): ApiRoute[] {
  const options = { ...given, record: given.audit.record };
  return [
    ...sessionRoutes(options),
    ...eventsRoutes(options),
    ...overviewRoutes(options),
    ...systemRoutes(options),
    ...heldWritesRoutes(options),
    ...waitingDocumentsRoutes(options),
    ...devicesRoutes(options),
    clinicUsageRoute(options),
    ...roleDatabasesRoutes(options),
    ...projectorRoutes(options),
    ...inspectionRoutes(options),
    ...rulesRoutes(options),
  ];
}
