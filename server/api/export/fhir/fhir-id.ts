/**
 * Ids of resources. Our ids have colons and up to 67 characters, FHIR's neither: the type is shortened to two letters, a
 * patient keeps the patient's id, and where one document becomes several resources a part follows. It can be undone.
 */
import { type DocumentType, isReferenceType } from '../../../../shared-schemas/document-types.ts';
import { isPatientId, parseId, patientDocId } from '../../../../shared-schemas/ids.ts';

/** Two letters leave six characters for a part: 27 + 1 + 2 + 1 + 26 + 1 + 6 = 64. */
const LETTERS: Readonly<Record<Exclude<DocumentType, 'patient' | 'drug' | 'clinic' | 'staff'>, string>> = {
  record: 'rc',
  prescription: 'rx',
  procedure: 'pr',
  vaccine: 'vc',
  vital: 'vt',
  appointment: 'ap',
};
const LETTERS_OF = new Map<string, string>(Object.entries(LETTERS));
const TYPE_OF = new Map([...LETTERS_OF].map(([type, letters]) => [letters, type]));

const MAX_LENGTH = 64;

/**
 * The id of the resource that a document, or a part of it, becomes.
 * @param part of letters, digits and hyphens; none of the two letters above
 */
export function fhirId(id: string, part?: string): string {
  const resourceId = part === undefined ? wholeId(id) : `${wholeId(id)}.${part}`;
  if (resourceId.length > MAX_LENGTH)
    throw new RangeError(`${resourceId} is longer than FHIR allows: shorten the part`);
  return resourceId;
}

function wholeId(id: string): string {
  const parsed = parseId(id);
  if (!parsed) throw new RangeError(`${id} is not an id of a document`);
  const { partition, type } = parsed;
  const own = id.split(':')[2];
  if (own === undefined) return partition;
  return isReferenceType(type) ? `${type}.${own}` : `${partition}.${LETTERS_OF.get(type)}.${own}`;
}

/** The id of the document that a resource was made of, or undefined where the id is not one that `fhirId` gives. */
export function sourceIdOf(resourceId: string): string | undefined {
  const [first = '', second = '', third] = resourceId.split('.');
  const type = TYPE_OF.get(second);
  const id = isPatientId(first)
    ? type === undefined
      ? patientDocId(first)
      : `${first}:${type}:${third}`
    : `${first}:${first}:${second}`;
  return parseId(id) ? id : undefined;
}
