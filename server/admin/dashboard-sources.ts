/** Where the overview and the page of the system have their facts from. */
import path from 'node:path';
import type { Config } from '../config.ts';
import type { Core } from '../core.ts';
import type { Monitoring } from '../monitoring/monitoring.ts';
import type { PauseState } from '../projector/projector-pause.ts';
import type { OverviewSources } from './overview/overview-facts.ts';
import { SystemStatus } from './system/system-status.ts';

export interface DashboardParts {
  readonly core: Core;
  readonly monitoring: Monitoring;
  readonly config: Pick<Config, 'dataDir' | 'readyLagSeconds'>;
  /** When this server started, milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly nowMs: () => number;
}

export function overviewSources({ core, monitoring, config, ...times }: DashboardParts): OverviewSources {
  const { store, roleDatabases, projector, pause, rebuild } = core;
  return {
    ...monitoring,
    ...times,
    storeKind: store.kind,
    roleDatabases,
    factsOf: (name) => monitoring.facts.of(name),
    projector: () => ({ ...projector.lag(), ...pauseFacts(pause.paused) }),
    build: () => rebuild.progress(),
    readyLagSeconds: config.readyLagSeconds,
  };
}

const pauseFacts = (paused: PauseState | undefined) =>
  paused ? { paused: true, pausedAt: paused.at } : { paused: false };

/** To be closed before the store is. */
export function systemStatus({ core, monitoring, config, ...times }: DashboardParts): SystemStatus {
  const { store, projector } = core;
  const { health, serverId, otherServers } = monitoring;
  return new SystemStatus({
    ...times,
    store,
    serverId,
    otherServers,
    reach: () => health.store.reach(),
    disk: () => health.disk.space(),
    lag: () => projector.lag(),
    dataDir: path.resolve(config.dataDir),
    indexFolder: path.join(config.dataDir, 'index'),
  });
}
