/** What the index is asked, and what it answers. */
import type { DocumentType } from '../../../shared-schemas/document-types.ts';

interface Page {
  /** The position of the last entry of the page before. */
  readonly after?: string | undefined;
  /** At least 1. */
  readonly limit: number;
}

/** Documents of one type. All filters that are given must hold. */
export interface ListQuery extends Page {
  readonly type: DocumentType;
  readonly patientId?: string | undefined;
  /** One of the facets of the type (LIST_FIELDS), as are `author` and `clinic`. */
  readonly status?: string | undefined;
  /** User id of who created it. */
  readonly author?: string | undefined;
  readonly clinic?: string | undefined;
  /** Words that all must be found, for types that can be searched; goes with the type's default sort only. */
  readonly search?: string | undefined;
  /** One of the sorts of the type. */
  readonly sort: string;
  readonly descending: boolean;
  /** Limits of a sort by time: a day (`YYYY-MM-DD`) or an instant in UTC. Inclusive. */
  readonly from?: string | undefined;
  /** Exclusive. */
  readonly to?: string | undefined;
}

/** All documents of one patient by their main date (`timelineTime`), the newest first. */
export interface TimelineQuery extends Page {
  readonly timelineOf: string;
}

export interface ListEntry {
  readonly id: string;
  /**
   * Where it stands in the list: what `after` takes. It holds what the list is sorted by, and keeps its meaning when the
   * document is changed or gone.
   */
  readonly position: string;
}

export interface ListSlice {
  readonly entries: readonly ListEntry[];
  /** Whether there are entries after these. */
  readonly more: boolean;
  /** How many entries all pages have; absent where counting would cost more than the page. */
  readonly total?: number;
}

/** `after` is not a position of a list with this sort. */
export class PositionError extends Error {
  override readonly name = 'PositionError';
}

/** A query that the type does not offer; whoever takes queries from outside checks them against LIST_FIELDS first. */
export class ListQueryError extends Error {
  override readonly name = 'ListQueryError';
}
