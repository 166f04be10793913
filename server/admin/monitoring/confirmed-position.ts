/**
 * Up to where a device is known to have a feed. A position counts when the device came back with it, never when it was only
 * handed out: the answer may have been lost.
 *
 * PouchDB stores a checkpoint after each batch that it wrote. Between them its `since` runs ahead of what it has stored, so
 * that a `since` counts only where a run begins: the first one after it looked up its checkpoint.
 *
 * RxDB stores no checkpoint here. Its pull asks with what it has; its live feed runs beside the pull, and says where the device
 * is only when the pull has come to its end: the gateway answers it then, so that it asks once more.
 */
import type { SyncEvent } from '../../gateway/sync-observer.ts';

export interface FeedPosition {
  /** The physical database that the position belongs to. */
  readonly source: string;
  /** `0` where the device begins at the beginning. */
  readonly position: string;
  /** When it was last heard of. */
  readonly notedAt: string;
  /** Of RxDB: its pull was answered to the end, and it did not ask it again since. */
  readonly pulled?: true;
}

const BEGINNING = '0';

interface Noted {
  readonly source: string;
  readonly notedAt: string;
}

/** A feed of one type after an event. `known` is of the same physical database. */
export function typeFeedAfter(
  known: FeedPosition | undefined,
  event: SyncEvent,
  noted: Noted,
): FeedPosition | undefined {
  if (event.kind === 'feed_asked' && event.since !== 'now') {
    if (!event.live) return { ...noted, position: event.since };
    return known?.pulled ? { ...noted, position: event.since, pulled: true } : known;
  }
  if (event.kind === 'page_answered' && event.complete && known) return { ...known, ...noted, pulled: true };
  return known;
}

/** The feed of all types after an event. `lookedUp`: the positions in the checkpoints that the device has read since. */
export function wholeFeedAfter(
  known: FeedPosition | undefined,
  event: SyncEvent,
  noted: Noted,
  lookedUp: ReadonlySet<string> | undefined,
): FeedPosition | undefined {
  if (event.kind === 'checkpoint_stored') return { ...noted, position: event.position };
  if (event.kind === 'feed_asked' && lookedUp && (event.since === BEGINNING || lookedUp.has(event.since))) {
    return { ...noted, position: event.since };
  }
  return known;
}
