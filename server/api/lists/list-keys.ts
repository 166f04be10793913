/**
 * From a document to the keys of the index. A key is a list and a place in it (a *tail*: what the list is sorted by, and the
 * id), so that everything of one list stands together, in its order, and lists with the same sort can be intersected.
 */
import type { DocumentType } from '../../../shared-schemas/document-types.ts';
import { parseId } from '../../../shared-schemas/ids.ts';
import type { RuleDocument } from '../../../sync-rules/document.ts';
import { gramsOf, searchedWords } from '../../lib/search-text.ts';
import { type Facet, LIST_FIELDS } from './list-fields.ts';

/** To be raised with every change of what is derived from a document: indexes of another version are made anew. */
export const INDEX_VERSION = 1;

/** Lower than everything that is written between separators. */
export const SEPARATOR = '\u0000';
/** The end of what begins with a separator. */
export const AFTER_SEPARATOR = '\u0001';

/** What the index knows of a document: all its keys follow from this and its id. */
export interface DocumentFacts {
  readonly sorts: Readonly<Record<string, string>>;
  readonly clinics: readonly string[];
  readonly status?: string;
  readonly author?: string;
  readonly timeline?: string;
  readonly words?: readonly string[];
}

/** Values that a list is limited to. */
export type FacetValues = { readonly [F in Facet]?: string | undefined };

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Undefined where the id is not one of ours: such documents are in no list. */
export function factsOf(document: RuleDocument): DocumentFacts | undefined {
  const type = parseId(document._id)?.type;
  if (type === undefined) return undefined;
  const { sorts, facets, timeline, search } = LIST_FIELDS[type];
  const status = facets.includes('status') ? textOf(document.status) : undefined;
  const author = facets.includes('author') ? textOf(document.createdBy) : undefined;
  const clinics = facets.includes('clinic') && Array.isArray(document.clinicIds) ? document.clinicIds : [];
  return {
    sorts: Object.fromEntries(Object.entries(sorts).map(([name, sort]) => [name, sort.valueOf(document)])),
    clinics: [...new Set(clinics.filter((clinic) => typeof clinic === 'string'))],
    ...(status !== undefined && { status }),
    ...(author !== undefined && { author }),
    ...(timeline && { timeline: timeline.valueOf(document) }),
    ...(search && { words: searchedWords(document, search) }),
  };
}

/** Keeps the separator out of a value, and values in their order. */
const escaped = (value: string): string =>
  value.replaceAll('\u0001', '\u0001\u0002').replaceAll(SEPARATOR, '\u0001\u0001');

const key = (...parts: readonly string[]): string => parts.map((part) => part + SEPARATOR).join('');
/** A value that may be absent; an empty one is not. */
const optional = (value: string | undefined): string => (value === undefined ? '' : `=${escaped(value)}`);
const facetKey = ({ clinic, status, author }: FacetValues): string =>
  key(optional(clinic), optional(status), optional(author));

export const factsKey = (id: string): string => key('d') + id;
export const counterKey = (type: DocumentType, facets: FacetValues): string => key('c', type) + facetKey(facets);
/** The lists: beginnings of keys, which a tail follows. */
export const facetList = (type: DocumentType, sort: string, facets: FacetValues): string =>
  key('l', type, sort) + facetKey(facets);
export const patientList = (type: DocumentType, sort: string, patientId: string): string =>
  key('p', type, sort, patientId);
export const timelineList = (patientId: string): string => key('t', patientId);
export const gramList = (type: DocumentType, gram: string): string => key('g', type, gram);

export const tailOf = (value: string, id: string): string => key(escaped(value)) + id;
export const idOfTail = (tail: string): string => tail.slice(tail.lastIndexOf(SEPARATOR) + 1);

/** All combinations of filters that a document is found under. */
function facetCombinations({ clinics, status, author }: DocumentFacts): FacetValues[] {
  const withAbsent = (values: readonly string[]) => [undefined, ...values];
  const present = (value: string | undefined) => withAbsent(value === undefined ? [] : [value]);
  return withAbsent(clinics).flatMap((clinic) =>
    present(status).flatMap((status) => present(author).map((author) => ({ clinic, status, author }))),
  );
}

/** All keys of a document in lists. */
export function listKeys(id: string, facts: DocumentFacts): string[] {
  const { type, patientId } = parseId(id) ?? {};
  if (type === undefined) return [];
  const combinations = facetCombinations(facts);
  const keys = Object.entries(facts.sorts).flatMap(([sort, value]) => {
    const tail = tailOf(value, id);
    const own = patientId === undefined ? [] : [patientList(type, sort, patientId) + tail];
    return [...own, ...combinations.map((facets) => facetList(type, sort, facets) + tail)];
  });
  if (patientId !== undefined && facts.timeline !== undefined)
    keys.push(timelineList(patientId) + tailOf(facts.timeline, id));
  const searchTail = tailOf(facts.sorts[LIST_FIELDS[type].defaultSort] ?? '', id);
  return [...keys, ...gramsOf(facts.words ?? []).map((gram) => gramList(type, gram) + searchTail)];
}

/** The counters that a document counts in. */
export function counterKeys(id: string, facts: DocumentFacts): string[] {
  const type = parseId(id)?.type;
  return type === undefined ? [] : facetCombinations(facts).map((facets) => counterKey(type, facets));
}
