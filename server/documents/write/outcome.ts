/** What becomes of rows that are written. */
import { NO_ID } from '../../../shared-schemas/ids.ts';
import type { Fault } from '../../../shared-schemas/validate.ts';
import type { Allowed } from '../../../sync-rules/authorize-write.ts';
import type { Refusal } from '../../../sync-rules/refusal.ts';
import { childRevision } from '../../store/revisions.ts';

export interface Refused {
  readonly id: string;
  readonly rev: string;
  readonly refusal: Refusal;
  readonly faults?: readonly Fault[];
}

/** As it is held: one without an id under an id made of what it says, so that the same row pushed again is held once. */
export function withHeldId(row: UnreadRow): UnreadRow {
  if (row.id !== '') return row;
  const [, hash] = childRevision(undefined, row.rev, row.body).rev.split('-');
  return { ...row, id: `${NO_ID}${hash}` };
}

/** What became of one row, in the order of the rows. */
export type Outcome =
  | { readonly outcome: 'stored'; readonly id: string; readonly rev: string; readonly decision?: Allowed }
  | ({ readonly outcome: 'refused' } & Refused)
  | { readonly outcome: 'conflict'; readonly id: string };

/** What a device pushed and nobody could take for a document: refused before it was judged. Its id is empty where it has none. */
export interface UnreadRow extends Refused {
  readonly deleted: boolean;
  /** What could be read of it. */
  readonly body: Readonly<Record<string, unknown>>;
}
