/** What the dashboard shows of the network's health, as numbers for Prometheus. Servers that share a store tell the same. */
import type { RoleDatabaseState } from '../../documents/projection/role-databases.ts';
import type { KnownFacts } from './clinic-health.ts';
import type { Health } from './health.ts';
import type { DeviceSurvey } from './health-census.ts';
import type { Metrics } from './metrics.ts';

export interface HealthMetricsSources {
  readonly health: Pick<Health, 'store' | 'heldWrites' | 'overdue' | 'devices' | 'disk'>;
  readonly survey: Pick<DeviceSurvey, 'summary'> | undefined;
  readonly roleDatabases: () => readonly RoleDatabaseState[];
  readonly facts: () => Iterable<KnownFacts>;
  readonly projectorPaused: () => boolean;
}

export function addHealthMetrics(metrics: Metrics, sources: HealthMetricsSources): void {
  const { health, survey, roleDatabases, facts, projectorPaused } = sources;
  const { store, heldWrites, overdue, devices, disk } = health;
  metrics.addGauge('store_reachable', '1 while the store answers', () => Number(store.reach().reachable));
  metrics.addGauge('projector_paused', '1 while an administrator has the projector paused', () =>
    Number(projectorPaused()),
  );
  metrics.addGauge('held_writes_open', 'Refused writes that nobody has decided on', () => heldWrites.total()?.count);
  metrics.addGauge('documents_waiting', 'Documents whose patient has not come within 30 days', async () => {
    return (await overdue.recent())?.count;
  });
  metrics.addGauge('devices_enrolled', 'Devices that may log in', async () => (await devices.recent())?.enrolled);
  metrics.addGauge('devices_silent', 'Devices that have not been heard of for 7 days', async () => {
    return (await devices.recent())?.silent.count;
  });
  metrics.addGauge('devices_over_quota', 'Devices that have reached a quota of a server', async () => {
    return (await devices.recent())?.overQuota.count;
  });
  if (survey) metrics.addGauge('devices_behind', 'Devices that have changes to pull', () => survey.summary().behind);
  metrics.addGauge('data_disk_free_bytes', 'Free bytes where the data folder is', async () => {
    return (await disk.space())?.freeBytes;
  });
  metrics.addGauge('data_disk_size_bytes', 'Bytes of the disk that the data folder is on', async () => {
    return (await disk.space())?.totalBytes;
  });
  metrics.addLabelledGauge('role_databases', 'Role databases by state', 'state', () => countStates(roleDatabases()));
  metrics.addGauge('role_database_documents', 'Documents of all role databases', () => sum(facts(), 'documents'));
  metrics.addGauge('role_database_bytes', 'Bytes on disk of all role databases', () => sum(facts(), 'bytes'));
}

export interface RoleDatabaseCounts {
  /** Devices read them; some of these are built anew beside. */
  readonly serving: number;
  readonly building: number;
  /** Not built for the first time yet: devices wait for them. */
  readonly waiting: number;
}

export function countStates(states: readonly RoleDatabaseState[]): RoleDatabaseCounts & Record<string, number> {
  const counts = { serving: 0, building: 0, waiting: 0 };
  for (const { serving, building } of states) {
    if (serving === undefined) counts.waiting++;
    else counts.serving++;
    if (building !== undefined) counts.building++;
  }
  return counts;
}

function sum(facts: Iterable<KnownFacts>, field: 'documents' | 'bytes'): number {
  let total = 0;
  for (const one of facts) total += one[field];
  return total;
}
