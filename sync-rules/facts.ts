/** What conditions of the access table ask of a change, and no field of the document tells. */
import type { RuleDocument } from './document.ts';
import { timeOf } from './time-of.ts';

const HOUR_MS = 3_600_000;

export interface Facts {
  /** The change is made at most 24 hours after the document was created, by the times that the device wrote. */
  readonly within24h?: boolean;
  /** The change is made before the appointment begins. */
  readonly upcoming?: boolean;
  readonly [field: string]: unknown;
}

/** `writtenAt`: when the change was made, ISO 8601, as far as whoever made it says so. */
export function factsOf(stored: RuleDocument, writtenAt: unknown): Facts {
  const written = timeOf(writtenAt);
  return {
    within24h: written - timeOf(stored.createdAt) <= 24 * HOUR_MS,
    upcoming: written < timeOf(stored.startsAt),
  };
}
