/** What is known of the network's health, kept in memory so that it can be told at any time, also while the store is down. */

import type { HeldWrites } from '../../documents/held-writes.ts';
import type { MeteredRequest } from '../../http/request-meter.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Database, Store } from '../../store/store.ts';
import { ClinicTraffic } from './clinic-traffic.ts';
import { ClinicNames } from './health-clinics.ts';
import { DeviceCounts, type DeviceCountsOptions } from './health-devices.ts';
import { DiskWatch } from './health-disk.ts';
import { OpenHeldWrites } from './health-held-writes.ts';
import { StoreWatch } from './health-store.ts';

export interface HealthOptions extends DeviceCountsOptions {
  readonly store: Pick<Store, 'ping' | 'onUpdate'>;
  readonly primary: Database;
  readonly held: Pick<HeldWrites, 'page'>;
  /** The one that `held` keeps its entries in. */
  readonly heldDatabase: Database;
  readonly dataDir: string;
  readonly logger: Logger;
}

export class Health {
  readonly store: StoreWatch;
  readonly disk: DiskWatch;
  readonly heldWrites: OpenHeldWrites;
  readonly clinics: ClinicNames;
  readonly devices: DeviceCounts;
  readonly traffic: ClinicTraffic;

  constructor({ store, primary, held, heldDatabase, dataDir, logger, ...options }: HealthOptions) {
    this.store = new StoreWatch({ store, nowMs: options.nowMs });
    this.disk = new DiskWatch(dataDir, options.nowMs);
    this.heldWrites = new OpenHeldWrites({
      store,
      database: heldDatabase,
      prepare: () => held.page({ state: 'open', limit: 1 }),
      logger,
    });
    this.clinics = new ClinicNames({ store, primary, logger });
    this.devices = new DeviceCounts(options);
    this.traffic = new ClinicTraffic(options.nowMs);
  }

  /** To be handed to the request meter: a request that failed may have failed because of the store. */
  readonly requestEnded = ({ status }: MeteredRequest): void => {
    if (status >= 500) void this.store.check();
  };

  async close(): Promise<void> {
    this.store.close();
    await Promise.all([this.heldWrites.close(), this.clinics.close()]);
  }
}
