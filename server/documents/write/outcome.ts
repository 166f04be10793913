/** What becomes of rows that are written. */
import type { Fault } from '../../../shared-schemas/validate.ts';
import type { Allowed } from '../../../sync-rules/authorize-write.ts';
import type { Refusal } from '../../../sync-rules/refusal.ts';

export interface Refused {
  readonly id: string;
  readonly rev: string;
  readonly refusal: Refusal;
  readonly faults?: readonly Fault[];
}

/** What became of one row, in the order of the rows. */
export type Outcome =
  | { readonly outcome: 'stored'; readonly id: string; readonly rev: string; readonly decision?: Allowed }
  | ({ readonly outcome: 'refused' } & Refused)
  | { readonly outcome: 'conflict'; readonly id: string };

/** What a device pushed and nobody could take for a document: refused before it was judged. */
export interface UnreadRow extends Refused {
  readonly deleted: boolean;
  /** What could be read of it. */
  readonly body: Readonly<Record<string, unknown>>;
}
