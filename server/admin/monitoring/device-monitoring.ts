/** What is known of devices, wired: their activity, what they still have to pull, and the end of what is kept of them. */
import { orderOf } from '../../accounts/devices.ts';
import type { KnownDevices } from '../../accounts/known-devices.ts';
import type { RoleDatabases } from '../../documents/projection/role-databases.ts';
import type { Lifecycle } from '../../lib/lifecycle.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Database, Store } from '../../store/store.ts';
import { PendingChanges } from './changes-to-pull.ts';
import { DeviceActivity } from './device-activity.ts';
import { PendingSurvey } from './pending-survey.ts';

const DAY_MS = 86_400_000;
/** A device is forgotten that was not heard of for so long after its last session can have ended. */
const UNHEARD_DAYS = 365;

export interface DeviceMonitoringOptions {
  readonly store: Pick<Store, 'onUpdate' | 'shared'>;
  /** For nothing else than what is monitored. */
  readonly database: Database;
  readonly serverId: string;
  readonly roleDatabases: RoleDatabases;
  readonly devices: Pick<KnownDevices, 'get' | 'has' | 'onChange'>;
  /** How long a session lives after its last refresh. */
  readonly refreshTokenDays: number;
  readonly logger: Logger;
  readonly lifecycle: Pick<Lifecycle, 'onStop'>;
  readonly nowMs: () => number;
}

export class DeviceMonitoring {
  readonly activity: DeviceActivity;
  readonly pending: PendingChanges;
  readonly survey: PendingSurvey;

  private constructor(activity: DeviceActivity, options: DeviceMonitoringOptions) {
    const { store, roleDatabases, devices, refreshTokenDays, logger, lifecycle, nowMs } = options;
    const replicaOrderOf = (deviceId: string) => orderOf(devices.get(deviceId));
    const isRevoked = (deviceId: string) => devices.get(deviceId)?.revokedAt !== undefined;
    const pending = new PendingChanges({ roleDatabases, store, replicaOrderOf });
    this.activity = activity;
    this.pending = pending;
    this.survey = new PendingSurvey({
      pending,
      activity,
      roleDatabases,
      store,
      replicaOrderOf,
      isRevoked,
      logger,
      nowMs,
    });
    const unsubscribe = devices.onChange((deviceId, device) => {
      if (device) return;
      void activity
        .forget(deviceId)
        .catch((error: unknown) => logger.error({ err: error }, 'activity of a removed device is written out later'));
    });
    const dropUnheard = () => activity.dropUnheardSince(nowMs() - (UNHEARD_DAYS + refreshTokenDays) * DAY_MS);
    dropUnheard();
    const timer = setInterval(dropUnheard, DAY_MS).unref();
    this.survey.start();
    lifecycle.onStop('survey of devices', async () => {
      unsubscribe();
      clearInterval(timer);
      await this.survey.close();
    });
  }

  static async open(options: DeviceMonitoringOptions): Promise<DeviceMonitoring> {
    const { database, serverId, store, devices, logger, lifecycle, nowMs } = options;
    const isEnrolled = (deviceId: string) => devices.has(deviceId);
    const activity = await DeviceActivity.open({
      database,
      serverId,
      shared: store.shared,
      isEnrolled,
      logger,
      nowMs,
    });
    lifecycle.onStop('activity of devices', () => activity.close());
    return new DeviceMonitoring(activity, options);
  }
}
