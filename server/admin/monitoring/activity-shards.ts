/**
 * Where the records of devices are kept: local documents, which leave no revisions behind, a shard of all devices in each, so
 * that a flush writes at most as many documents as there are shards. Each server writes shards of its own.
 */
import { childRevision } from '../../store/revisions.ts';
import type { Database } from '../../store/store.ts';
import type { DeviceRecord } from './device-record.ts';

export const SHARDS = 64;
const SERVER_PREFIX = 'server:';

/** A record as one server keeps it. */
export interface KeptDevice {
  readonly record: DeviceRecord;
  /** Live feeds that were open on that server when it was written. */
  readonly openFeeds: number;
}

/** FNV-1a: it is computed several times for each request. The same on every server and for ever: records are found by it. */
export function shardOf(deviceId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < deviceId.length; i++) hash = Math.imul(hash ^ deviceId.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 16)) >>> 0) % SHARDS;
}

export class ActivityShards {
  readonly #database: Database;
  readonly #serverId: string;

  constructor(database: Database, serverId: string) {
    this.#database = database;
    this.#serverId = serverId;
  }

  /** Makes this server known to the others: local documents cannot be listed. */
  async register(): Promise<void> {
    const id = `${SERVER_PREFIX}${this.#serverId}`;
    if (!(await this.#database.known([id])).has(id)) await this.#database.write([childRevision(undefined, id, {})]);
  }

  async otherServers(): Promise<string[]> {
    const servers: string[] = [];
    for await (const rows of this.#database.walk({ prefix: SERVER_PREFIX }))
      servers.push(...rows.map(({ id }) => id.slice(SERVER_PREFIX.length)));
    return servers.filter((id) => id !== this.#serverId);
  }

  /** All devices of a server, this one where none is named. */
  async read(serverId = this.#serverId): Promise<KeptDevice[]> {
    const shards = await Promise.all(
      Array.from({ length: SHARDS }, (_, shard) => this.#database.getLocal(keyOf(serverId, shard))),
    );
    return shards.flatMap((shard) => (Array.isArray(shard?.devices) ? (shard.devices as KeptDevice[]) : []));
  }

  async write(shard: number, devices: readonly KeptDevice[]): Promise<void> {
    await this.#database.putLocal(keyOf(this.#serverId, shard), { devices });
  }

  /** Removes a device from what servers wrote down that were not heard of since: nobody else writes there. */
  async removeOfStopped(deviceId: string, sinceMs: number): Promise<void> {
    const shard = shardOf(deviceId);
    for (const serverId of await this.otherServers()) {
      if ((await this.lastBeatMs(serverId)) >= sinceMs) continue;
      const key = keyOf(serverId, shard);
      const kept = await this.#database.getLocal(key);
      const devices = Array.isArray(kept?.devices) ? (kept.devices as KeptDevice[]) : [];
      const others = devices.filter(({ record }) => record.deviceId !== deviceId);
      if (others.length < devices.length) await this.#database.putLocal(key, { devices: others });
    }
  }

  /** Tells the other servers that this one is alive, so that they believe its open feeds. */
  async beat(nowMs: number): Promise<void> {
    await this.#database.putLocal(beatKeyOf(this.#serverId), { atMs: nowMs });
  }

  async lastBeatMs(serverId: string): Promise<number> {
    return Number((await this.#database.getLocal(beatKeyOf(serverId)))?.atMs ?? 0);
  }
}

const keyOf = (serverId: string, shard: number): string => `devices.${serverId}.${shard}`;
const beatKeyOf = (serverId: string): string => `alive.${serverId}`;
