/** What the dashboard's routes work with beside the core, wired: where its facts come from, and what tells open pages of news. */
import path from 'node:path';
import type { SyncRules } from '../../sync-rules/sync-rules.ts';
import type { Core } from '../documents/core.ts';
import type { PauseState } from '../documents/projection/projector-pause.ts';
import type { Lifecycle } from '../lib/lifecycle.ts';
import type { Logger } from '../lib/logger.ts';
import { LiveChanges, TOPICS } from './events/live-changes.ts';
import { watchSources } from './events/live-sources.ts';
import type { Monitoring } from './monitoring/monitoring.ts';
import type { OverviewSources } from './overview/overview-facts.ts';
import { Comparisons } from './role-databases/comparisons.ts';
import { SystemStatus } from './system/system-status.ts';

export interface DashboardOptions {
  readonly core: Core;
  readonly monitoring: Monitoring;
  readonly config: { readonly dataDir: string; readonly dbPrefix: string; readonly readyLagSeconds: number };
  readonly rules: SyncRules;
  readonly logger: Logger;
  readonly lifecycle: Pick<Lifecycle, 'onStop'>;
  readonly nowMs: () => number;
}

export interface DashboardParts {
  readonly changes: LiveChanges;
  readonly comparisons: Comparisons;
  readonly overview: OverviewSources;
  readonly system: SystemStatus;
}

export function dashboardParts(options: DashboardOptions): DashboardParts {
  const { core, rules, logger, lifecycle, nowMs } = options;
  const startedAtMs = nowMs();
  const comparisons = new Comparisons({ ...core, rules, logger, nowMs });
  lifecycle.onStop('comparisons', () => comparisons.close());
  const system = systemStatus(options, startedAtMs);
  lifecycle.onStop('measurements of the system', () => system.close());
  const changes = new LiveChanges();
  lifecycle.onStop('news for open pages', tellOfNews(options, changes, comparisons));
  return { changes, comparisons, system, overview: overviewSources(options, startedAtMs) };
}

/** Until the function that it answers is called. */
function tellOfNews(options: DashboardOptions, changes: LiveChanges, comparisons: Comparisons): () => void {
  const { core, monitoring, config } = options;
  const { health, survey, facts, activity } = monitoring;
  const ends = [
    survey.onChange(() => changes.note('devices', 'overview')),
    health.heldWrites.onChange(() => changes.note('held-writes', 'overview')),
    // What could not be asked for meanwhile is asked for now.
    health.store.onChange(() => changes.note(...TOPICS)),
    comparisons.onEnd(() => changes.note('role-databases')),
    core.pause.onChange(() => changes.note('role-databases', 'overview')),
    facts.onChange(() => changes.note('role-databases')),
    watchSources({
      changes,
      store: core.store,
      databasePrefix: config.dbPrefix,
      glance: () => {
        const { pending, failing } = core.projector.lag();
        const { reachable } = health.store.reach();
        const build = core.rebuild.progress();
        return JSON.stringify([pending, failing, build, activity.openFeeds, reachable, comparisons.glance()]);
      },
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function overviewSources({ core, monitoring, config, nowMs }: DashboardOptions, startedAtMs: number): OverviewSources {
  const { store, roleDatabases, projector, pause, rebuild } = core;
  return {
    ...monitoring,
    startedAtMs,
    nowMs,
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

function systemStatus({ core, monitoring, config, nowMs }: DashboardOptions, startedAtMs: number): SystemStatus {
  const { store, projector } = core;
  const { health, serverId, otherServers } = monitoring;
  return new SystemStatus({
    startedAtMs,
    nowMs,
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
