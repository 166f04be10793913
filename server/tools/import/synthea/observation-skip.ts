import type { Row } from './files.ts';
import { VITAL_SIGNS } from './vital-signs.ts';

/** Why an observation becomes no vital sign, or undefined where it does. Reasons are fixed texts and name no value. */
export function observationSkipReason({ cells }: Row<'observations'>): string | undefined {
  return VITAL_SIGNS.has(cells.CODE) ? undefined : (REASON_OF_CATEGORY.get(cells.CATEGORY) ?? OTHER);
}

const OTHER = 'observation of another category: no such document type';
const REASON_OF_CATEGORY: ReadonlyMap<string, string> = new Map([
  ['vital-signs', 'vital sign derived from others, or without a field of its own (body mass index, percentiles, …)'],
  ['laboratory', 'laboratory result: no such document type'],
  ['survey', 'survey answer: no such document type'],
  ['social-history', 'social history: no such document type'],
  ['imaging', 'imaging finding: no such document type'],
  ['procedure', 'finding of a procedure: no such document type'],
  ['exam', 'finding of an examination: no such document type'],
  ['therapy', 'therapy score: no such document type'],
  ['', 'quality-of-life estimate, or without a category: no such document type'],
]);
