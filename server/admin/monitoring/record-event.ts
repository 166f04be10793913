/** Pure: the record of a device after something that the gateway told about it. */
import type { SyncContact, SyncEvent } from '../../gateway/sync-observer.ts';
import { type FeedPosition, typeFeedAfter, wholeFeedAfter } from './confirmed-position.ts';
import { clientName, type DatabaseActivity, type DeviceRecord, NO_ACTIVITY, WHOLE_FEED } from './device-record.ts';
import { quotasAfter } from './quota-notes.ts';

const CLOCK_WINDOW_MS = 60_000;

export interface EventSetting {
  readonly nowMs: number;
  /** The positions in the checkpoints that the device has read since its last feed. */
  readonly lookedUp: ReadonlySet<string> | undefined;
}

export function recordAfter(
  known: DeviceRecord | undefined,
  deviceId: string,
  contact: SyncContact,
  event: SyncEvent,
  setting: EventSetting,
): DeviceRecord {
  const now = new Date(setting.nowMs).toISOString();
  const { userId, role, clinicId, patientId } = contact.principal;
  // Once for each request is enough.
  const client =
    (event.kind === 'request_ended' || !known ? clientName(contact.userAgent) : undefined) ?? known?.client;
  const offsetMs = event.kind === 'documents_pushed' ? clockOffsetMs(event.newestUpdatedAt, setting.nowMs) : undefined;
  const clockOffset = offsetMs === undefined ? known?.clockOffset : { offsetMs, measuredAt: now };
  const lastPullAt = event.kind === 'feed_asked' || event.kind === 'page_answered' ? now : known?.lastPullAt;
  const lastPushAt = event.kind === 'documents_pushed' ? now : known?.lastPushAt;
  const isNamedByContent = event.kind === 'documents_pushed' && event.namedByContent;
  const namedByContentAt = isNamedByContent ? now : known?.namedByContentAt;
  const quotas = quotasAfter(known?.quotas, event, setting.nowMs);
  const activity = known?.databases[contact.database] ?? NO_ACTIVITY;
  return {
    deviceId,
    owner: userId,
    role,
    ...(clinicId !== undefined && { clinicId }),
    ...(patientId !== undefined && { patientId }),
    ...(client !== undefined && { client }),
    firstContactAt: known?.firstContactAt ?? now,
    lastContactAt: now,
    ...(lastPullAt !== undefined && { lastPullAt }),
    ...(lastPushAt !== undefined && { lastPushAt }),
    ...(clockOffset !== undefined && { clockOffset }),
    ...(namedByContentAt !== undefined && { namedByContentAt }),
    ...(quotas && { quotas }),
    databases: {
      ...known?.databases,
      [contact.database]: activityAfter(activity, contact, event, now, setting.lookedUp),
    },
  };
}

function activityAfter(
  activity: DatabaseActivity,
  contact: SyncContact,
  event: SyncEvent,
  now: string,
  lookedUp: EventSetting['lookedUp'],
): DatabaseActivity {
  const key = contact.type ?? WHOLE_FEED;
  const noted = { source: contact.source, notedAt: now };
  const before = ofSource(activity.feeds[key], contact.source);
  const feed = contact.type ? typeFeedAfter(before, event, noted) : wholeFeedAfter(before, event, noted, lookedUp);
  const moved = feed !== undefined && feed !== activity.feeds[key];
  const counted = moved ? { ...activity, feeds: { ...activity.feeds, [key]: feed } } : activity;
  switch (event.kind) {
    case 'feed_asked':
      return { ...counted, askedAt: now, reads: contact.type ? 'types' : 'whole' };
    case 'documents_sent':
      return { ...counted, documentsOut: counted.documentsOut + event.count };
    case 'documents_pushed':
      return {
        ...counted,
        documentsIn: counted.documentsIn + event.count,
        refused: counted.refused + event.refused.length,
      };
    case 'request_ended':
      return { ...counted, bytesIn: counted.bytesIn + event.bytesIn, bytesOut: counted.bytesOut + event.bytesOut };
    default:
      return counted;
  }
}

/**
 * A position in another physical database is none in this one. A live feed of RxDB goes on all the same: from there it is
 * served from the beginning, so that what it asks from next says where it is.
 */
function ofSource(feed: FeedPosition | undefined, source: string): FeedPosition | undefined {
  if (feed === undefined || feed.source === source) return feed;
  return feed.pulled ? { ...feed, source, position: '0' } : undefined;
}

/**
 * How far the device's clock was ahead, in milliseconds: the newest time in a push less the time of its arrival. A time in
 * the future proves a clock that is ahead at least that much. A time in the past may be an old edit of a device that was
 * offline, so that it counts only within a minute: then it is the clock's offset, less how long the edit waited. A clock that
 * is more than a minute behind looks like an old edit and is not told.
 */
export function clockOffsetMs(newestUpdatedAt: string | undefined, nowMs: number): number | undefined {
  const offsetMs = Date.parse(newestUpdatedAt ?? '') - nowMs;
  return offsetMs > -CLOCK_WINDOW_MS ? offsetMs : undefined;
}
