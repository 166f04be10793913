/** What is known of the network's health, kept in memory so that it can be told at any time, also while the store is down. */

import type { HeldWrites } from '../../documents/held-writes.ts';
import type { MeteredRequest } from '../../http/request-meter.ts';
import type { Lifecycle } from '../../lib/lifecycle.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Database, Store } from '../../store/store.ts';
import { ClinicTraffic } from './clinic-traffic.ts';
import { ClinicNames } from './health-clinics.ts';
import { DeviceCounts, type DeviceCountsOptions } from './health-devices.ts';
import { DiskWatch } from './health-disk.ts';
import { OpenHeldWrites } from './health-held-writes.ts';
import { StoreWatch } from './health-store.ts';
import { OverdueDocuments, type OverdueDocumentsOptions } from './health-waiting.ts';

export interface HealthOptions extends DeviceCountsOptions, OverdueDocumentsOptions {
  readonly store: Pick<Store, 'ping' | 'onUpdate'>;
  readonly primary: Database;
  readonly held: Pick<HeldWrites, 'page'>;
  /** The one that `held` keeps its entries in. */
  readonly heldDatabase: Database;
  readonly dataDir: string;
  readonly logger: Logger;
  readonly lifecycle: Pick<Lifecycle, 'onStop'>;
}

export class Health {
  readonly store: StoreWatch;
  readonly disk: DiskWatch;
  readonly heldWrites: OpenHeldWrites;
  readonly overdue: OverdueDocuments;
  readonly clinics: ClinicNames;
  readonly devices: DeviceCounts;
  readonly traffic: ClinicTraffic;

  constructor({ store, primary, held, heldDatabase, dataDir, logger, lifecycle, ...options }: HealthOptions) {
    this.store = new StoreWatch({ store, nowMs: options.nowMs });
    lifecycle.onStop('watch of the store', () => this.store.close());
    this.disk = new DiskWatch(dataDir, options.nowMs);
    this.heldWrites = new OpenHeldWrites({
      store,
      database: heldDatabase,
      prepare: () => held.page({ state: 'open', limit: 1 }),
      logger,
    });
    lifecycle.onStop('open held writes', () => this.heldWrites.close());
    this.overdue = new OverdueDocuments(options);
    this.clinics = new ClinicNames({ store, primary, logger });
    lifecycle.onStop('names of clinics', () => this.clinics.close());
    this.devices = new DeviceCounts(options);
    this.traffic = new ClinicTraffic(options.nowMs);
  }

  /** To be handed to the request meter: a request that failed may have failed because of the store. */
  readonly requestEnded = ({ status }: MeteredRequest): void => {
    if (status >= 500) void this.store.check();
  };
}
