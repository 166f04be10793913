/** The servers that share the store with this one, and when each was last heard of. */
import type { Store } from '../../store/store.ts';
import type { ActivityShards } from './activity-shards.ts';

/** A server tells of itself every 10 seconds: one that missed three of them is taken to be gone. */
const ALIVE_MS = 30_000;

export interface OtherServer {
  readonly serverId: string;
  readonly alive: boolean;
  /** ISO 8601; absent where it never was. */
  readonly lastHeardAt?: string;
}

export interface OtherServersOptions {
  readonly store: Pick<Store, 'shared'>;
  readonly shards: Pick<ActivityShards, 'otherServers' | 'lastBeatMs'>;
  readonly nowMs: () => number;
}

/** Those alive first, then those heard of last. Throws where the store does. */
export async function listOtherServers({ store, shards, nowMs }: OtherServersOptions): Promise<OtherServer[]> {
  if (!store.shared) return [];
  const found = await Promise.all(
    (await shards.otherServers()).map(async (serverId) => ({ serverId, beatMs: await shards.lastBeatMs(serverId) })),
  );
  return found
    .sort((a, b) => b.beatMs - a.beatMs)
    .map(({ serverId, beatMs }) => ({
      serverId,
      alive: nowMs() - beatMs < ALIVE_MS,
      ...(beatMs > 0 && { lastHeardAt: new Date(beatMs).toISOString() }),
    }));
}
