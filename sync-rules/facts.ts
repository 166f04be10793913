/** What conditions of the access table ask of a change, and no field of the document tells. */
import type { RuleDocument } from './document.ts';

const HOUR_MS = 3_600_000;

export interface Facts {
  /** The change is made at most 24 hours after the document was created, by the times that the device wrote. */
  readonly within24h?: boolean;
  /** The change is made before the appointment begins. */
  readonly upcoming?: boolean;
  readonly [field: string]: unknown;
}

/** `writtenAt`: when the change was made, ISO 8601. */
export function factsOf(stored: RuleDocument, writtenAt: string | undefined): Facts {
  const written = Date.parse(writtenAt ?? '');
  const created = Date.parse(stored.createdAt ?? '');
  return {
    within24h: written - created <= 24 * HOUR_MS,
    upcoming: typeof stored.startsAt === 'string' && written < Date.parse(stored.startsAt),
  };
}
