/** Who wrote a document and who changed it last: FHIR keeps that apart from what was written. */
import type { FhirResource, Provenance } from 'fhir/r4.js';
import type { Exported } from '../patient-export.ts';
import { fhirId } from './fhir-id.ts';
import { referenceTo } from './full-url.ts';
import { metaOf } from './head.ts';
import type { References } from './references.ts';
import { instantOf } from './times.ts';
import { hl7Concept } from './values.ts';

const CREATED = hl7Concept('v3-DataOperation', 'CREATE', 'create');
const REVISED = hl7Concept('v3-DataOperation', 'UPDATE', 'revise');
const AUTHOR = hl7Concept('provenance-participant-type', 'author', 'Author');

/** One of its writing, and one of its last change where there was one. */
export function provenances(
  document: Exported,
  resources: readonly FhirResource[],
  references: References,
): Provenance[] {
  const { createdAt, createdBy, updatedAt, updatedBy } = document;
  const about = (part: string, activity: Provenance['activity'], at: string, by: string): Provenance => ({
    resourceType: 'Provenance',
    id: fhirId(document._id, part),
    meta: metaOf(document),
    target: resources.map(referenceTo),
    recorded: instantOf(at),
    activity,
    agent: [{ type: AUTHOR, who: references.user(by) }],
  });
  const created = about('new', CREATED, createdAt, createdBy);
  if (updatedAt === createdAt && updatedBy === createdBy) return [created];
  return [created, about('edit', REVISED, updatedAt, updatedBy)];
}
