/** What the server knows of itself and of its devices, as one part that is told of everything the gateway serves. */

import type { Logger } from '../logger.ts';
import type { ProjectorLag } from '../projector/projector.ts';
import type { BuildProgress } from '../projector/rebuild.ts';
import type { RoleDatabases } from '../projector/role-databases.ts';
import type { Store } from '../store/store.ts';
import { observeAll, type SyncObserver } from '../sync/sync-observer.ts';
import { PendingChanges } from './changes-to-pull.ts';
import { DeviceActivity } from './device-activity.ts';
import { DEVICE_WINDOW_MS, Metrics } from './metrics.ts';
import type { MeteredRequest } from './request-meter.ts';
import { SeriesRecorder } from './series-recorder.ts';
import { loadServerId } from './server-id.ts';

export interface MonitoringOptions {
  readonly store: Store;
  readonly databasePrefix: string;
  readonly dataDir: string;
  readonly roleDatabases: RoleDatabases;
  readonly lag: () => ProjectorLag;
  readonly build: () => BuildProgress | undefined;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

export class Monitoring {
  readonly activity: DeviceActivity;
  readonly pending: PendingChanges;
  readonly series: SeriesRecorder;
  readonly metrics: Metrics;
  /** To be told of what the gateway serves. */
  readonly observer: SyncObserver;
  /** To be told of each request that ended. */
  readonly requestSinks: readonly ((request: MeteredRequest) => void)[];

  private constructor(activity: DeviceActivity, pending: PendingChanges, series: SeriesRecorder, metrics: Metrics) {
    this.activity = activity;
    this.pending = pending;
    this.series = series;
    this.metrics = metrics;
    this.observer = observeAll([activity.observe, series.observe, metrics.observe]);
    this.requestSinks = [series.requestEnded, metrics.requestEnded];
  }

  static async open({
    store,
    databasePrefix,
    dataDir,
    lag,
    build,
    ...options
  }: MonitoringOptions): Promise<Monitoring> {
    const { roleDatabases, logger, nowMs } = options;
    const database = await store.open(`${databasePrefix}-monitoring`);
    const serverId = await loadServerId(dataDir);
    const activity = await DeviceActivity.open({ database, serverId, shared: store.shared, logger, nowMs });
    const readGauges = () => {
      const { lagSeconds, pending } = lag();
      return { openFeeds: activity.openFeeds, projectorLagSeconds: lagSeconds, projectorLagRevisions: pending };
    };
    const series = await SeriesRecorder.open({ database, serverId, readGauges, logger, nowMs });
    const metrics = new Metrics({
      lag,
      build,
      openFeeds: () => activity.openFeeds,
      devicesSeen: () => activity.seenSince(nowMs() - DEVICE_WINDOW_MS),
    });
    return new Monitoring(activity, new PendingChanges({ roleDatabases }), series, metrics);
  }

  /** Saves what is not saved yet; after open requests ended, and before the store is closed. */
  async close(): Promise<void> {
    await this.activity.close();
    await this.series.close();
  }
}
