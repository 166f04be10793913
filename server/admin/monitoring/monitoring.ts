/** What the server knows of itself and of its devices, as one part that is told of everything the gateway serves. */

import type { KnownDevices } from '../../accounts/known-devices.ts';
import type { HeldWrites } from '../../documents/held-writes.ts';
import type { ProjectorLag } from '../../documents/projection/projector.ts';
import type { ProjectorPause } from '../../documents/projection/projector-pause.ts';
import type { BuildProgress } from '../../documents/projection/rebuild.ts';
import type { RoleDatabases } from '../../documents/projection/role-databases.ts';
import type { WaitingDocuments } from '../../documents/waiting-documents.ts';
import { observeAll, type SyncObserver } from '../../gateway/sync-observer.ts';
import type { MeteredRequest } from '../../http/request-meter.ts';
import type { Lifecycle } from '../../lib/lifecycle.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Database, Store } from '../../store/store.ts';
import { ActivityShards } from './activity-shards.ts';
import type { PendingChanges } from './changes-to-pull.ts';
import type { DeviceActivity } from './device-activity.ts';
import { DeviceMonitoring } from './device-monitoring.ts';
import { Health } from './health.ts';
import { addHealthMetrics } from './health-metrics.ts';
import { DEVICE_WINDOW_MS, Metrics } from './metrics.ts';
import { listOtherServers, type OtherServer } from './other-servers.ts';
import type { PendingSurvey } from './pending-survey.ts';
import { RoleDatabaseFactsReader } from './role-database-facts-reader.ts';
import { SeriesRecorder } from './series-recorder.ts';
import { loadServerId } from './server-id.ts';

export interface MonitoringOptions {
  readonly store: Store;
  readonly databasePrefix: string;
  readonly dataDir: string;
  readonly roleDatabases: RoleDatabases;
  readonly primary: Database;
  readonly held: HeldWrites;
  readonly waiting: WaitingDocuments;
  readonly pause: Pick<ProjectorPause, 'paused'>;
  readonly devices: Pick<KnownDevices, 'get' | 'has' | 'list' | 'onChange'>;
  /** How long a session lives after its last refresh. */
  readonly refreshTokenDays: number;
  readonly lag: () => ProjectorLag;
  readonly build: () => BuildProgress | undefined;
  readonly logger: Logger;
  readonly lifecycle: Pick<Lifecycle, 'onStop'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

interface MonitoringParts
  extends Pick<Monitoring, 'facts' | 'series' | 'metrics' | 'health' | 'serverId' | 'otherServers'> {
  readonly devices: DeviceMonitoring;
}

export class Monitoring {
  readonly activity: DeviceActivity;
  readonly pending: PendingChanges;
  /** What each device has to pull, as it was last counted. */
  readonly survey: PendingSurvey;
  /** How big each role database is, and how far. */
  readonly facts: RoleDatabaseFactsReader;
  readonly series: SeriesRecorder;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly serverId: string;
  /** Throws where the store does. */
  readonly otherServers: () => Promise<OtherServer[]>;
  /** To be told of what the gateway serves. */
  readonly observer: SyncObserver;
  /** To be told of each request that ended. */
  readonly requestSinks: readonly ((request: MeteredRequest) => void)[];

  private constructor({ devices, facts, series, metrics, health, serverId, otherServers }: MonitoringParts) {
    const { activity, pending, survey } = devices;
    this.activity = activity;
    this.pending = pending;
    this.survey = survey;
    this.facts = facts;
    this.series = series;
    this.metrics = metrics;
    this.health = health;
    this.serverId = serverId;
    this.otherServers = otherServers;
    this.observer = observeAll([activity.observe, series.observe, metrics.observe, health.traffic.observe]);
    this.requestSinks = [series.requestEnded, metrics.requestEnded, health.requestEnded];
  }

  /** What it has not saved yet it saves at the stop: after open requests ended, and before the store is closed. */
  static async open({
    store,
    databasePrefix,
    dataDir,
    lag,
    build,
    ...options
  }: MonitoringOptions): Promise<Monitoring> {
    const { logger, lifecycle, nowMs } = options;
    const database = await store.open(`${databasePrefix}-monitoring`);
    const serverId = await loadServerId(dataDir);
    const devices = await DeviceMonitoring.open({ ...options, store, database, serverId });
    const { activity } = devices;
    const readGauges = () => {
      const { lagSeconds, pending } = lag();
      const { openFeeds, connectedDevices } = activity;
      return { openFeeds, connectedDevices, projectorLagSeconds: lagSeconds, projectorLagRevisions: pending };
    };
    const facts = await RoleDatabaseFactsReader.open({ ...options, store, database });
    lifecycle.onStop('facts of role databases', () => facts.close());
    const shards = new ActivityShards(database, serverId);
    const otherServers = store.shared ? () => shards.otherServers() : async () => [];
    const series = await SeriesRecorder.open({ database, serverId, readGauges, otherServers, logger, nowMs });
    lifecycle.onStop('time series', () => series.close());
    const metrics = new Metrics({
      lag,
      build,
      openFeeds: () => activity.openFeeds,
      devicesSeen: () => activity.seenSince(nowMs() - DEVICE_WINDOW_MS),
    });
    const health = new Health({
      ...options,
      store,
      dataDir,
      heldDatabase: await store.open(`${databasePrefix}-held`),
      activity,
      survey: devices.survey,
    });
    addHealthMetrics(metrics, {
      health,
      survey: devices.survey,
      roleDatabases: () => options.roleDatabases.list(),
      facts: () => facts.all().values(),
      projectorPaused: () => options.pause.paused !== undefined,
    });
    const listOthers = () => listOtherServers({ store, shards, nowMs });
    return new Monitoring({ devices, facts, series, metrics, health, serverId, otherServers: listOthers });
  }
}
