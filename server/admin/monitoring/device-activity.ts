/**
 * What every device does, collected from the gateway. It is kept in memory and written down every few seconds, only where
 * something changed: a request costs no write, and a restart loses at most that much.
 */

import type { SyncContact, SyncEvent, SyncObserver } from '../../gateway/sync-observer.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Database } from '../../store/store.ts';
import { ActivityShards, type KeptDevice, SHARDS, shardOf } from './activity-shards.ts';
import { type DeviceRecord, mergeRecords } from './device-record.ts';
import { recordAfter } from './record-event.ts';

const FLUSH_INTERVAL_MS = 10_000;
/** How old what was read of other servers may be. */
const OTHERS_MAX_AGE_MS = 10_000;
/** A server that was not heard of for so long has no feeds open. */
const ALIVE_MS = 3 * FLUSH_INTERVAL_MS;
/** PouchDB reads two checkpoints before it begins, and keeps five positions in each. */
const MAX_LOOKED_UP = 100;

export interface DeviceActivityOptions {
  /** For nothing else than what is monitored. */
  readonly database: Database;
  /** The same after a restart of this server, and no other server's. */
  readonly serverId: string;
  /** Whether other servers write to the same database. */
  readonly shared: boolean;
  readonly logger: Pick<Logger, 'error'>;
  /** A record of a device that is not enrolled (any more) is dropped. */
  readonly isEnrolled?: (deviceId: string) => boolean;
  readonly nowMs?: () => number;
  readonly flushIntervalMs?: number;
}

export interface DeviceView extends DeviceRecord {
  /** Live feeds open right now; on other servers, when they last wrote it down. */
  readonly openFeeds: number;
  readonly connected: boolean;
}

export class DeviceActivity {
  readonly #options: DeviceActivityOptions;
  readonly #shards: ActivityShards;
  readonly #nowMs: () => number;
  /** By shard, then by device. */
  readonly #records = Array.from({ length: SHARDS }, () => new Map<string, DeviceRecord>());
  readonly #openFeeds = new Map<string, number>();
  readonly #lookedUp = new Map<string, Set<string>>();
  readonly #dirty = new Set<number>();
  readonly #movedListeners = new Set<() => void>();
  /** Removed; what is still told of them is not noted. */
  readonly #forgotten = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #flushing: Promise<void> = Promise.resolve();
  #others: { readonly readAtMs: number; readonly devices: Promise<readonly KeptDevice[]> } | undefined;

  private constructor(options: DeviceActivityOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#shards = new ActivityShards(options.database, options.serverId);
    this.#timer = setInterval(() => void this.#flushOrLog(), options.flushIntervalMs ?? FLUSH_INTERVAL_MS).unref();
  }

  /** Reads what this server knew when it stopped. */
  static async open(options: DeviceActivityOptions): Promise<DeviceActivity> {
    const activity = new DeviceActivity(options);
    await activity.#shards.register();
    for (const { record } of await activity.#shards.read()) {
      const { deviceId } = record;
      if (options.isEnrolled?.(deviceId) ?? true) activity.#shard(deviceId).set(deviceId, record);
      else activity.#dirty.add(shardOf(deviceId));
    }
    return activity;
  }

  /** To be handed to the gateway. */
  readonly observe: SyncObserver = (contact, event) => {
    const { deviceId } = contact.principal;
    if (deviceId === undefined || this.#isForgotten(deviceId)) return;
    this.#noteFeeds(deviceId, event);
    const reader = readerOf(deviceId, contact);
    const setting = { nowMs: this.#nowMs(), lookedUp: this.#lookedUp.get(reader) };
    const records = this.#shard(deviceId);
    records.set(deviceId, recordAfter(records.get(deviceId), deviceId, contact, event, setting));
    this.#noteLookUp(reader, event);
    this.#dirty.add(shardOf(deviceId));
    if (MOVING.has(event.kind)) for (const listener of this.#movedListeners) listener();
  };

  /** Calls `listener` when a device may have come further in a feed, on this server. */
  onMoved(listener: () => void): () => void {
    this.#movedListeners.add(listener);
    return () => this.#movedListeners.delete(listener);
  }

  /**
   * Removes what is known of a device: here at once, on disk with the next flush, and also what a server wrote down that does
   * not run any more. Servers that run are told by themselves.
   */
  async forget(deviceId: string): Promise<void> {
    this.#forgotten.add(deviceId);
    this.#openFeeds.delete(deviceId);
    if (this.#shard(deviceId).delete(deviceId)) this.#dirty.add(shardOf(deviceId));
    this.#others = undefined;
    await this.flush();
    if (this.#options.shared) await this.#shards.removeOfStopped(deviceId, this.#nowMs() - ALIVE_MS);
  }

  /** Removes what is known of devices that were last heard of before that, and answers how many they were. */
  dropUnheardSince(sinceMs: number): number {
    const since = new Date(sinceMs).toISOString();
    const old = [...this.#own()].filter((one) => one.lastContactAt < since && !this.#openFeeds.has(one.deviceId));
    for (const { deviceId } of old) {
      this.#shard(deviceId).delete(deviceId);
      this.#dirty.add(shardOf(deviceId));
    }
    return old.length;
  }

  /** Live feeds open on this server. */
  get openFeeds(): number {
    return [...this.#openFeeds.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Devices that have any open on this server. */
  get connectedDevices(): number {
    return this.#openFeeds.size;
  }

  /** Devices that this server heard of since, those that are connected included. */
  seenSince(sinceMs: number): number {
    const since = new Date(sinceMs).toISOString();
    let seen = 0;
    for (const { deviceId, lastContactAt } of this.#own()) {
      if (lastContactAt >= since || this.#openFeeds.has(deviceId)) seen++;
    }
    return seen;
  }

  /** All devices that any server heard of, in no order. */
  async list(): Promise<DeviceView[]> {
    const views = new Map<string, DeviceView>();
    for (const record of this.#own()) views.set(record.deviceId, this.#ownView(record));
    for (const kept of await this.#ofOthers()) {
      const { deviceId } = kept.record;
      const known = views.get(deviceId);
      const openFeeds = (known?.openFeeds ?? 0) + kept.openFeeds;
      const merged = known ? mergeRecords(recordOf(known), kept.record) : kept.record;
      views.set(deviceId, { ...merged, openFeeds, connected: openFeeds > 0 });
    }
    return [...views.values()];
  }

  async get(deviceId: string): Promise<DeviceView | undefined> {
    const own = this.#shard(deviceId).get(deviceId);
    if (!this.#options.shared) return own && this.#ownView(own);
    return (await this.list()).find((view) => view.deviceId === deviceId);
  }

  /** Writes down what changed. Throws where the store does; what was not written is written the next time. */
  flush(): Promise<void> {
    const flushed = this.#flushing.then(() => this.#writeDirty());
    this.#flushing = flushed.catch(() => {});
    return flushed;
  }

  /** To be called when the gateway has ended its requests: what it tells later is lost. Throws where the store does. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  #ownView(record: DeviceRecord): DeviceView {
    const openFeeds = this.#openFeeds.get(record.deviceId) ?? 0;
    return { ...record, openFeeds, connected: openFeeds > 0 };
  }

  /** A device that is enrolled once more, under an id that there was, begins anew. */
  #isForgotten(deviceId: string): boolean {
    if (!this.#forgotten.has(deviceId)) return false;
    if (this.#options.isEnrolled?.(deviceId)) this.#forgotten.delete(deviceId);
    return this.#forgotten.has(deviceId);
  }

  #noteFeeds(deviceId: string, { kind }: SyncEvent): void {
    if (kind !== 'feed_opened' && kind !== 'feed_closed') return;
    const open = (this.#openFeeds.get(deviceId) ?? 0) + (kind === 'feed_opened' ? 1 : -1);
    if (open > 0) this.#openFeeds.set(deviceId, open);
    else this.#openFeeds.delete(deviceId);
  }

  /** What a device looks up tells where the feed begins that it asks for next, and no other. */
  #noteLookUp(reader: string, event: SyncEvent): void {
    if (event.kind === 'feed_asked' || event.kind === 'checkpoint_stored') this.#lookedUp.delete(reader);
    if (event.kind !== 'checkpoint_read') return;
    const positions = this.#lookedUp.get(reader) ?? new Set();
    for (const position of event.positions) if (positions.size < MAX_LOOKED_UP) positions.add(position);
    this.#lookedUp.set(reader, positions);
  }

  async #flushOrLog(): Promise<void> {
    await this.flush().catch((error: unknown) =>
      this.#options.logger.error({ err: error }, 'device activity not written; it is tried again'),
    );
  }

  async #writeDirty(): Promise<void> {
    if (this.#options.shared) await this.#shards.beat(this.#nowMs());
    for (const shard of [...this.#dirty]) {
      // What changes while it is written is due again.
      this.#dirty.delete(shard);
      const records = this.#records[shard]?.values() ?? [];
      try {
        await this.#shards.write(
          shard,
          Array.from(records, (record) => this.#kept(record)),
        );
      } catch (error) {
        this.#dirty.add(shard);
        throw error;
      }
    }
  }

  #shard(deviceId: string): Map<string, DeviceRecord> {
    const records = this.#records[shardOf(deviceId)];
    if (!records) throw new RangeError('a shard is missing');
    return records;
  }

  *#own(): Generator<DeviceRecord> {
    for (const shard of this.#records) yield* shard.values();
  }

  #kept(record: DeviceRecord): KeptDevice {
    return { record, openFeeds: this.#openFeeds.get(record.deviceId) ?? 0 };
  }

  #ofOthers(): Promise<readonly KeptDevice[]> {
    if (!this.#options.shared) return Promise.resolve([]);
    const nowMs = this.#nowMs();
    if (!this.#others || nowMs - this.#others.readAtMs >= OTHERS_MAX_AGE_MS) {
      const devices = this.#readOthers(nowMs);
      devices.catch(() => {
        this.#others = undefined;
      });
      this.#others = { readAtMs: nowMs, devices };
    }
    return this.#others.devices;
  }

  async #readOthers(nowMs: number): Promise<KeptDevice[]> {
    const servers = await this.#shards.otherServers();
    const devices = await Promise.all(
      servers.map(async (serverId) => {
        const isAlive = nowMs - (await this.#shards.lastBeatMs(serverId)) < ALIVE_MS;
        const kept = await this.#shards.read(serverId);
        return isAlive ? kept : kept.map(({ record }) => ({ record, openFeeds: 0 }));
      }),
    );
    return devices.flat();
  }
}

/** After these a device may be known to be at another position. */
const MOVING: ReadonlySet<SyncEvent['kind']> = new Set(['feed_asked', 'page_answered', 'checkpoint_stored']);

const readerOf = (deviceId: string, { source, type }: SyncContact): string => JSON.stringify([deviceId, source, type]);

const recordOf = ({ openFeeds: _, connected: __, ...record }: DeviceView): DeviceRecord => record;
