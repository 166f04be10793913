/**
 * Devices that were told to make a fresh replica: which positions count, whose feeds end so that they begin anew, and when one
 * has begun. What is asked in the course of a request is a look at memory.
 */
import { type Device, type Devices, orderOf } from '../accounts/devices.ts';
import type { KnownDevices } from '../accounts/known-devices.ts';
import type { Logger } from '../lib/logger.ts';
import { replicaMark } from './replica-mark.ts';
import type { SyncContact, SyncEvent, SyncObserver } from './sync-observer.ts';

export interface FreshReplicasOptions {
  readonly known: Pick<KnownDevices, 'get' | 'onChange'>;
  readonly devices: Pick<Devices, 'freshReplicaBegun'>;
  readonly logger: Pick<Logger, 'error'>;
}

export class FreshReplicas {
  readonly #options: FreshReplicasOptions;
  readonly #listeners = new Map<string, Set<() => void>>();
  /** Being written down. */
  readonly #noted = new Set<string>();

  constructor(options: FreshReplicasOptions) {
    this.#options = options;
    options.known.onChange((deviceId, after, before) => {
      if (markOf(after) !== markOf(before)) for (const listener of this.#listeners.get(deviceId) ?? []) listener();
    });
  }

  /** What stands behind the positions that the device is given; undefined where it was never told to begin anew. */
  markOf(deviceId: string | undefined): string | undefined {
    return deviceId === undefined ? undefined : markOf(this.#options.known.get(deviceId));
  }

  /** Calls `listener` when the device is told to begin anew. */
  onOrder(deviceId: string, listener: () => void): () => void {
    const set = this.#listeners.get(deviceId) ?? new Set();
    this.#listeners.set(deviceId, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0) this.#listeners.delete(deviceId);
    };
  }

  /** To be told of what the gateway serves. */
  readonly observe: SyncObserver = (contact, event) => {
    const { deviceId } = contact.principal;
    const order = deviceId === undefined ? undefined : this.#options.known.get(deviceId)?.freshReplicaAt;
    if (deviceId === undefined || order === undefined || this.#noted.has(deviceId)) return;
    if (contact.replica === replicaMark(order) && confirms(contact, event)) void this.#note(deviceId, order);
  };

  async #note(deviceId: string, order: string): Promise<void> {
    this.#noted.add(deviceId);
    try {
      await this.#options.devices.freshReplicaBegun(deviceId, order);
    } catch (error) {
      this.#options.logger.error(
        { err: error, deviceId },
        'fresh replica not noted; it is when the device comes again',
      );
    } finally {
      this.#noted.delete(deviceId);
    }
  }
}

const markOf = (device: Device | undefined): string | undefined => {
  const order = orderOf(device);
  return order === undefined ? undefined : replicaMark(order);
};

/** Positions from before the order are the beginning here. PouchDB's `since` runs ahead of what it has stored. */
function confirms({ type }: SyncContact, event: SyncEvent): boolean {
  if (event.kind === 'checkpoint_stored') return event.position !== '0';
  return event.kind === 'feed_asked' && type !== undefined && event.since !== '0' && event.since !== 'now';
}
