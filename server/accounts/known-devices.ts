/**
 * Every enrolled device, in memory: read once, and kept up with the changes of the accounts database, whichever server made
 * them. What this server wrote is there when the write is done; what another one wrote comes a moment later.
 */
import type { Logger } from '../lib/logger.ts';
import { ChangeFeed } from '../store/change-feed.ts';
import type { Database, Store } from '../store/store.ts';
import type { Device, Devices } from './devices.ts';

export interface KnownDevicesOptions {
  readonly devices: Pick<Devices, 'list' | 'inTurn' | 'deviceIdOf' | 'onWritten'>;
  /** The one that the devices are kept in. */
  readonly database: Database;
  readonly store: Pick<Store, 'onUpdate'>;
  readonly logger: Pick<Logger, 'error' | 'info'>;
}

/** `after` is undefined where the device was removed. It must not throw. */
type Listener = (deviceId: string, after: Device | undefined, before: Device | undefined) => void;

export class KnownDevices {
  readonly #devices: KnownDevicesOptions['devices'];
  readonly #known = new Map<string, Device>();
  readonly #listeners = new Set<Listener>();
  #close: () => Promise<void> = async () => {};

  private constructor(devices: KnownDevicesOptions['devices']) {
    this.#devices = devices;
  }

  static async open({ devices, database, store, logger }: KnownDevicesOptions): Promise<KnownDevices> {
    const known = new KnownDevices(devices);
    const unsubscribe = devices.onWritten((device) => known.#put(device.deviceId, device));
    // What changes while all of them are read is read again afterwards.
    let loaded = (): void => {};
    const loading = new Promise<void>((resolve) => {
      loaded = resolve;
    });
    const feed = await ChangeFeed.start({
      store,
      database,
      logger,
      onNotice: () => {},
      onChanged: async (ids) => {
        await loading;
        await known.#reread(ids);
      },
    });
    known.#close = async () => {
      unsubscribe();
      await feed.close();
    };
    try {
      for (const device of await devices.list()) {
        if (!known.#known.has(device.deviceId)) known.#known.set(device.deviceId, device);
      }
      loaded();
    } catch (error) {
      loaded();
      await known.close();
      throw error;
    }
    return known;
  }

  get(deviceId: string): Device | undefined {
    return this.#known.get(deviceId);
  }

  has(deviceId: string): boolean {
    return this.#known.has(deviceId);
  }

  /** In no order. */
  list(): Device[] {
    return [...this.#known.values()];
  }

  get size(): number {
    return this.#known.size;
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#close();
  }

  async #reread(documentIds: readonly string[]): Promise<void> {
    for (const id of documentIds) {
      const deviceId = this.#devices.deviceIdOf(id);
      // In turn: else what was read before a write of this server could replace what that made known.
      if (deviceId !== undefined)
        await this.#devices.inTurn(deviceId, (device) => {
          this.#put(deviceId, device);
        });
    }
  }

  #put(deviceId: string, device: Device | undefined): void {
    const before = this.#known.get(deviceId);
    if (device) this.#known.set(deviceId, device);
    else this.#known.delete(deviceId);
    if (before !== device) for (const listener of this.#listeners) listener(deviceId, device, before);
  }
}
