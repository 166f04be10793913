/** From a query to what is read of the index: lists whose intersection is the answer, and the part of them that is asked for. */

import { gramsOfSearch, searchWords } from '../../lib/search-text.ts';
import { type Facet, LIST_FIELDS } from './list-fields.ts';
import {
  counterKey,
  type FacetValues,
  facetList,
  gramList,
  patientList,
  SEPARATOR,
  timelineList,
} from './list-keys.ts';
import { type ListQuery, ListQueryError, PositionError, type TimelineQuery } from './list-query.ts';
import { sortableLimit } from './sortable-time.ts';

export interface ListPlan {
  /** At least one. Their tails have the same order. */
  readonly lists: readonly string[];
  readonly sort: string;
  readonly descending: boolean;
  /** Tails are at least this. */
  readonly from?: string | undefined;
  /** Tails are less than this. */
  readonly to?: string | undefined;
  /** The page begins past this tail. */
  readonly after?: string | undefined;
  /** Words that all must be found in a document that is in all lists. */
  readonly words: readonly string[];
  /** What knows how many there are: a counter, counting (where the lists are short), or nothing. */
  readonly total: { readonly counter: string } | 'count' | 'unknown';
}

/** Reading more lists at once costs more than checking the few documents more that fewer lists let through. */
const MAX_GRAMS = 10;
/** Every time sorts after it, and no time before: documents without one are in no range. */
const FIRST_TIME = '0';
const TIMELINE = 'timeline';

/** The plan of a query; undefined where it finds nothing whatever there is. */
export function planOf(query: ListQuery | TimelineQuery): ListPlan | undefined {
  if ('timelineOf' in query) {
    const lists = [timelineList(query.timelineOf)];
    return { lists, sort: TIMELINE, descending: true, after: tailAt(query.after, TIMELINE), words: [], total: 'count' };
  }
  checkQuery(query);
  const { type, patientId, clinic, status, author, search, sort, descending, from, to } = query;
  const words = search === undefined ? [] : searchWords(search);
  if (search !== undefined && words.length === 0) return undefined;
  const facets: FacetValues = { clinic, status, author };
  const filtered = Object.values(facets).some((value) => value !== undefined);
  const narrow = [
    ...(patientId === undefined ? [] : [patientList(type, sort, patientId)]),
    ...spread([...new Set(words.flatMap(gramsOfSearch))], MAX_GRAMS).map((gram) => gramList(type, gram)),
  ];
  const limited = from !== undefined || to !== undefined;
  return {
    lists: filtered || narrow.length === 0 ? [...narrow, facetList(type, sort, facets)] : narrow,
    sort,
    descending,
    ...(limited && { from: from === undefined ? FIRST_TIME : limitOf(from) }),
    ...(to !== undefined && { to: limitOf(to) }),
    after: tailAt(query.after, sort),
    words,
    total: totalOf(query, counterKey(type, facets)),
  };
}

function totalOf({ patientId, search, from, to }: ListQuery, counter: string): ListPlan['total'] {
  if (search !== undefined) return 'unknown';
  if (patientId !== undefined) return 'count';
  return from === undefined && to === undefined ? { counter } : 'unknown';
}

function limitOf(value: string): string {
  const limit = sortableLimit(value);
  if (limit === undefined)
    throw new ListQueryError('a limit of a range of time must be YYYY-MM-DD or an instant in UTC');
  return limit;
}

/** Refuses what the type's lists cannot do. */
function checkQuery(query: ListQuery): void {
  const { type, patientId, search, sort, from, to } = query;
  const fields = LIST_FIELDS[type];
  const kind = Object.hasOwn(fields.sorts, sort) ? fields.sorts[sort]?.kind : undefined;
  if (!kind) throw new ListQueryError(`a list of type ${type} cannot be sorted by ${sort}`);
  if (kind !== 'time' && (from !== undefined || to !== undefined))
    throw new ListQueryError(`a list sorted by ${sort} cannot be limited to a range of time`);
  for (const facet of ['clinic', 'status', 'author'] as const satisfies readonly Facet[]) {
    if (query[facet] !== undefined && !fields.facets.includes(facet))
      throw new ListQueryError(`a list of type ${type} cannot be filtered by ${facet}`);
  }
  if (patientId !== undefined && !fields.timeline)
    throw new ListQueryError(`documents of type ${type} belong to no patient`);
  if (search !== undefined && !fields.search) throw new ListQueryError(`a list of type ${type} cannot be searched`);
  if (search !== undefined && sort !== fields.defaultSort)
    throw new ListQueryError(`search results are sorted by ${fields.defaultSort}`);
}

/** At most `count` of the items, taken evenly. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return items.filter((_, i) => Math.floor((i * count) / items.length) < Math.floor(((i + 1) * count) / items.length));
}

/** A tail as text that says nothing to whoever passes it on. */
export const positionOf = (tail: string, sort: string): string =>
  Buffer.from(`${sort}${SEPARATOR}${tail}`).toString('base64url');

function tailAt(position: string | undefined, sort: string): string | undefined {
  if (position === undefined) return undefined;
  const text = Buffer.from(position, 'base64url').toString('utf8');
  if (!text.startsWith(sort + SEPARATOR))
    throw new PositionError(`is not a position in a list sorted by ${sort}: begin with the first page`);
  return text.slice(sort.length + 1);
}
