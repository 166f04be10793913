/** How many held writes are open, for which reasons. Told from memory. */
import type { OpenHeldWrites } from '../monitoring/health-held-writes.ts';

export interface HeldWritesSummary {
  /** Absent as long as they are being counted after a start. */
  readonly open?: number;
  /** When the oldest of them was held, ISO 8601; absent where there is none. */
  readonly oldestAt?: string;
  /** Reasons of which there are any, the most frequent first. */
  readonly byCode: readonly { readonly code: string; readonly open: number }[];
}

export function summaryOf(counts: Pick<OpenHeldWrites, 'total' | 'byCode'>): HeldWritesSummary {
  const total = counts.total();
  if (!total) return { byCode: [] };
  const { count, oldestAt } = total;
  const byCode = [...counts.byCode()].map(([code, open]) => ({ code, open }));
  byCode.sort((a, b) => b.open - a.open || (a.code < b.code ? -1 : 1));
  return { open: count, ...(oldestAt !== undefined && { oldestAt }), byCode };
}
