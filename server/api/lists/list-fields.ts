/**
 * How the lists of each document type can be sorted, filtered and searched. The index on disk is derived from this: who
 * changes it raises INDEX_VERSION in server/api/lists/list-keys.ts.
 */
import {
  DOCUMENT_TYPES,
  type DocumentType,
  fieldsOf,
  isReferenceType,
} from '../../../shared-schemas/document-types.ts';
import type { RuleDocument } from '../../../sync-rules/document.ts';
import { foldText, type SearchedFields } from '../../lib/search-text.ts';
import { sortableTime } from './sortable-time.ts';

/** Filters by equality, beside the patient. */
export type Facet = 'clinic' | 'status' | 'author';

export interface ListSort {
  /** Lists that are sorted by a time can be limited to a range of it. */
  readonly kind: 'time' | 'text';
  /** The direction where none is asked for. */
  readonly descending: boolean;
  /** Text that sorts bytewise; empty where the document has no such value. */
  readonly valueOf: (document: RuleDocument) => string;
}

export interface ListFields {
  readonly sorts: Readonly<Record<string, ListSort>>;
  /** Search results come in this order. */
  readonly defaultSort: string;
  readonly facets: readonly Facet[];
  readonly search?: SearchedFields;
  /** Its place among all documents of its patient; absent where it has no patient. */
  readonly timeline?: ListSort;
}

/** The first of the fields that holds a time. */
const timeOf = (fields: readonly string[], descending = true): ListSort => ({
  kind: 'time',
  descending,
  valueOf: (document) => fields.map((field) => sortableTime(document[field])).find((time) => time !== undefined) ?? '',
});

/** Positions in a list hold what it is sorted by, and are part of addresses: so only the beginning of a long text counts. */
const SORTED_CHARACTERS = 200;

const textOf = (...fields: readonly string[]): ListSort => ({
  kind: 'text',
  descending: false,
  valueOf: (document) => {
    // Lower than every character of a folded text: a short family name comes before one that begins with it.
    const text = fields.map((field) => foldText(document[field])).join('\u0001');
    return text.length > SORTED_CHARACTERS ? [...text].slice(0, SORTED_CHARACTERS).join('') : text;
  },
});

const updatedAt = timeOf(['updatedAt']);

/** A patient's documents of one type, by a time of their own. */
function clinical(sort: string, time: ListSort, { status = false } = {}): ListFields {
  const facets: readonly Facet[] = status ? ['clinic', 'status', 'author'] : ['clinic', 'author'];
  return { sorts: { [sort]: time, updatedAt }, defaultSort: sort, facets, timeline: time };
}

const named = (search: SearchedFields, facets: readonly Facet[] = []): ListFields => ({
  sorts: { name: textOf('name'), updatedAt },
  defaultSort: 'name',
  facets,
  search,
});

const OWN: Readonly<Partial<Record<DocumentType, ListFields>>> = {
  patient: {
    sorts: { name: textOf('lastName', 'firstName'), updatedAt },
    defaultSort: 'name',
    facets: ['clinic', 'author'],
    search: {
      words: ['firstName', 'lastName'],
      codes: ['phoneNumber', 'identityNumber'],
      joined: ['lastName', 'firstName'],
    },
    timeline: timeOf(['createdAt']),
  },
  record: clinical('visitedAt', timeOf(['visitedAt', 'createdAt'])),
  procedure: clinical('scheduledFor', timeOf(['scheduledFor', 'createdAt']), { status: true }),
  vaccine: clinical('administeredAt', timeOf(['administeredAt'])),
  vital: clinical('measuredAt', timeOf(['measuredAt'])),
  appointment: clinical('startsAt', timeOf(['startsAt'], false), { status: true }),
  drug: named({ words: ['name'], codes: ['code'] }),
  clinic: named({ words: ['name', 'slug'], codes: [] }),
  staff: named({ words: ['name', 'speciality'], codes: [] }, ['clinic']),
};

/** A type that says nothing of its own: reference data by name, what belongs to a patient by when it was created. */
const usual = (type: DocumentType): ListFields =>
  isReferenceType(type)
    ? named({ words: ['name'], codes: [] })
    : clinical('createdAt', timeOf(['createdAt']), { status: fieldsOf(type).includes('status') });

export const LIST_FIELDS = Object.fromEntries(
  DOCUMENT_TYPES.map((type) => [type, OWN[type] ?? usual(type)]),
) as Readonly<Record<DocumentType, ListFields>>;

/** The main date of a document that belongs to a patient, as text that sorts; undefined where it has no patient. */
export const timelineTime = (document: RuleDocument): string | undefined =>
  LIST_FIELDS[document.type].timeline?.valueOf(document);
