/** How many documents have waited for their patient for so long that somebody has to look at them. */
import type { WaitingDocuments } from '../../documents/waiting-documents.ts';
import { RecentValue } from '../../lib/recent-value.ts';

/** A tablet may be offline for weeks with a patient that another one knew first. */
const OVERDUE_AFTER_MS = 30 * 86_400_000;
/** What is more than this is no longer counted: the list has it all. */
export const MAX_COUNTED = 1_000;
const MAX_AGE_MS = 10_000;
const MAX_WAIT_MS = 2_000;

export interface OverdueCount {
  /** `MAX_COUNTED` where there may be more. */
  readonly count: number;
  /** When the first of them arrived, ISO 8601. */
  readonly oldestAt?: string;
}

export interface OverdueDocumentsOptions {
  readonly waiting: Pick<WaitingDocuments, 'count'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** What arrived before this time is overdue now. */
export const overdueSince = (nowMs: number): string => new Date(nowMs - OVERDUE_AFTER_MS).toISOString();

export class OverdueDocuments {
  readonly #count: RecentValue<OverdueCount>;

  constructor({ waiting, nowMs }: OverdueDocumentsOptions) {
    const read = () => waiting.count(overdueSince(nowMs()), MAX_COUNTED);
    this.#count = new RecentValue({ read, nowMs, maxAgeMs: MAX_AGE_MS, maxWaitMs: MAX_WAIT_MS });
  }

  /** Undefined until they have been counted. Never throws. */
  recent(): Promise<OverdueCount | undefined> {
    return this.#count.get();
  }
}
