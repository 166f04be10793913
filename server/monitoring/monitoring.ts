/** What the server knows of itself and of its devices, as one part that is told of everything the gateway serves. */

import type { KnownDevices } from '../auth/known-devices.ts';
import type { Logger } from '../logger.ts';
import type { ProjectorLag } from '../projector/projector.ts';
import type { BuildProgress } from '../projector/rebuild.ts';
import type { RoleDatabases } from '../projector/role-databases.ts';
import type { Store } from '../store/store.ts';
import { observeAll, type SyncObserver } from '../sync/sync-observer.ts';
import type { PendingChanges } from './changes-to-pull.ts';
import type { DeviceActivity } from './device-activity.ts';
import { DeviceMonitoring } from './device-monitoring.ts';
import { DEVICE_WINDOW_MS, Metrics } from './metrics.ts';
import type { PendingSurvey } from './pending-survey.ts';
import type { MeteredRequest } from './request-meter.ts';
import { SeriesRecorder } from './series-recorder.ts';
import { loadServerId } from './server-id.ts';

export interface MonitoringOptions {
  readonly store: Store;
  readonly databasePrefix: string;
  readonly dataDir: string;
  readonly roleDatabases: RoleDatabases;
  readonly devices: Pick<KnownDevices, 'get' | 'has' | 'onChange'>;
  /** How long a session lives after its last refresh. */
  readonly refreshTokenDays: number;
  readonly lag: () => ProjectorLag;
  readonly build: () => BuildProgress | undefined;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

export class Monitoring {
  readonly activity: DeviceActivity;
  readonly pending: PendingChanges;
  /** What each device has to pull, as it was last counted. */
  readonly survey: PendingSurvey;
  readonly series: SeriesRecorder;
  readonly metrics: Metrics;
  /** To be told of what the gateway serves. */
  readonly observer: SyncObserver;
  /** To be told of each request that ended. */
  readonly requestSinks: readonly ((request: MeteredRequest) => void)[];

  readonly #devices: DeviceMonitoring;

  private constructor(devices: DeviceMonitoring, series: SeriesRecorder, metrics: Metrics) {
    const { activity, pending, survey } = devices;
    this.#devices = devices;
    this.activity = activity;
    this.pending = pending;
    this.survey = survey;
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
    const { logger, nowMs } = options;
    const database = await store.open(`${databasePrefix}-monitoring`);
    const serverId = await loadServerId(dataDir);
    const devices = await DeviceMonitoring.open({ ...options, store, database, serverId });
    const { activity } = devices;
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
    return new Monitoring(devices, series, metrics);
  }

  /** Saves what is not saved yet; after open requests ended, and before the store is closed. */
  async close(): Promise<void> {
    await this.#devices.close();
    await this.series.close();
  }
}
