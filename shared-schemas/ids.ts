/** Ids: `<partition>:<type>[:<ulid>]`. They are made on the device, offline. */
import { ulid } from 'ulid';
import { type DocumentType, isDocumentType, isReferenceType } from './document-types.ts';
import { CLINIC_SLUG_PATTERN, PATIENT_ID_PATTERN, ULID_PATTERN } from './fields.ts';

export interface ParsedId {
  /** A patient's id, or the name of a reference type. */
  readonly partition: string;
  readonly type: DocumentType;
  /** Set where the document belongs to a patient. */
  readonly patientId?: string;
}

const PATIENT_ID = new RegExp(`^${PATIENT_ID_PATTERN}$`);
const ULID = new RegExp(`^${ULID_PATTERN}$`);
const SLUG = new RegExp(`^${CLINIC_SLUG_PATTERN}$`);

export const newUlid = (timeMs?: number): string => ulid(timeMs).toLowerCase();
export const newPatientId = (): string => `p${newUlid()}`;
export const isPatientId = (value: string): boolean => PATIENT_ID.test(value);
export const isClinicSlug = (value: string): boolean => SLUG.test(value);

export const patientDocId = (patientId: string): string => `${patientId}:patient`;
export const clinicDocId = (slug: string): string => `clinic:clinic:${slug}`;
/** The slug of a clinic's document id; undefined where it is another id. */
export const slugOf = (id: string): string | undefined =>
  parseId(id)?.type === 'clinic' ? id.slice(clinicDocId('').length) : undefined;
/** Begins what stands in place of an id that was not sent: no document has such an id. */
export const NO_ID = 'no-id:';

/** A new id of a document of `type`; `patientId` is needed where the type belongs to a patient and is not `patient`. */
export function newDocumentId(type: DocumentType, patientId?: string): string {
  if (type === 'clinic') throw new RangeError('a clinic has a slug: use clinicDocId(slug)');
  if (isReferenceType(type)) return `${type}:${type}:${newUlid()}`;
  if (type === 'patient') return patientDocId(patientId ?? newPatientId());
  if (!patientId) throw new RangeError(`a ${type} belongs to a patient: a patient id is needed`);
  return `${patientId}:${type}:${newUlid()}`;
}

/** The parts of an id, or undefined where it is not one of ours. */
export function parseId(id: string): ParsedId | undefined {
  const [partition = '', type, rest, ...more] = id.split(':');
  if (more.length > 0 || !isDocumentType(type)) return undefined;
  if (isReferenceType(type)) {
    const valid = partition === type && rest !== undefined && (type === 'clinic' ? SLUG : ULID).test(rest);
    return valid ? { partition, type } : undefined;
  }
  if (!PATIENT_ID.test(partition)) return undefined;
  const valid = type === 'patient' ? rest === undefined : rest !== undefined && ULID.test(rest);
  return valid ? { partition, type, patientId: partition } : undefined;
}
