/**
 * Every enrolled device, in memory. What this server wrote is there when the write is done; what another one wrote comes a
 * moment later.
 */
import type { Logger } from '../lib/logger.ts';
import { FollowedMap } from '../store/followed-map.ts';
import type { Database, Store } from '../store/store.ts';
import { DEVICE_PREFIX, type Device, type Devices } from './devices.ts';

export interface KnownDevicesOptions {
  readonly devices: Pick<Devices, 'findAll' | 'onWritten'>;
  /** The one that the devices are kept in. */
  readonly database: Database;
  readonly store: Pick<Store, 'onUpdate'>;
  readonly logger: Pick<Logger, 'error' | 'info'>;
}

/** `after` is undefined where the device was removed. It must not throw. */
type Listener = (deviceId: string, after: Device | undefined, before: Device | undefined) => void;

export class KnownDevices {
  readonly #known: FollowedMap<Device>;
  readonly #unsubscribe: () => void;

  private constructor(known: FollowedMap<Device>, devices: Pick<Devices, 'onWritten'>) {
    this.#known = known;
    this.#unsubscribe = devices.onWritten((device) => known.put(device.deviceId, device));
  }

  static async open({ devices, ...options }: KnownDevicesOptions): Promise<KnownDevices> {
    const read = (deviceIds: readonly string[]) => devices.findAll(deviceIds);
    return new KnownDevices(await FollowedMap.open({ ...options, prefix: DEVICE_PREFIX, read }), devices);
  }

  get(deviceId: string): Device | undefined {
    return this.#known.values.get(deviceId);
  }

  has(deviceId: string): boolean {
    return this.#known.values.has(deviceId);
  }

  /** In no order. */
  list(): Device[] {
    return [...this.#known.values.values()];
  }

  get size(): number {
    return this.#known.values.size;
  }

  onChange(listener: Listener): () => void {
    return this.#known.onChange(listener);
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#known.close();
  }
}
