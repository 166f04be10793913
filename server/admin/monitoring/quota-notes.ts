/** Which limits of a server a device has reached, and for how long that counts: pure. Each server counts for itself. */
import type { DeviceQuota, SyncEvent } from '../../gateway/sync-observer.ts';

export interface QuotaNote {
  /** ISO 8601. */
  readonly since: string;
  /** ISO 8601. As it was reached last: it is moved on where that happens once more before. */
  readonly until: string;
}

export type QuotaNotes = Readonly<Partial<Record<DeviceQuota, QuotaNote>>>;

export function quotasAfter(known: QuotaNotes | undefined, event: SyncEvent, nowMs: number): QuotaNotes | undefined {
  if (event.kind !== 'quota_reached') return known;
  const note = { since: timeOf(nowMs), until: timeOf(nowMs + event.seconds * 1_000) };
  return mergeQuotas(known, { [event.quota]: note });
}

/** Two notes of one quota whose times meet are one; else the later one holds. */
export function mergeQuotas(a: QuotaNotes | undefined, b: QuotaNotes | undefined): QuotaNotes | undefined {
  if (!a || !b) return a ?? b;
  const merged: Partial<Record<string, QuotaNote>> = { ...a };
  for (const [quota, note] of Object.entries(b)) {
    const other = merged[quota];
    merged[quota] = other ? mergeNotes(other, note) : note;
  }
  return merged;
}

/** Those that hold now; undefined where there is none. */
export function quotasAt(notes: QuotaNotes | undefined, nowMs: number): QuotaNotes | undefined {
  const now = timeOf(nowMs);
  const current = Object.entries(notes ?? {}).filter(([, { until }]) => until > now);
  return current.length > 0 ? Object.fromEntries(current) : undefined;
}

/** Since when the first of them holds. */
export const overQuotaSince = (notes: QuotaNotes | undefined, nowMs: number): string | undefined =>
  Object.values(quotasAt(notes, nowMs) ?? {})
    .map(({ since }) => since)
    .sort()[0];

function mergeNotes(a: QuotaNote, b: QuotaNote): QuotaNote {
  const [first, second] = a.since <= b.since ? [a, b] : [b, a];
  if (first.until < second.since) return second;
  return { since: first.since, until: first.until > second.until ? first.until : second.until };
}

const timeOf = (ms: number): string => new Date(ms).toISOString();
