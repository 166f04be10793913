/** Under which path each document type is served. */
import { type DocumentType, schemas } from '../../shared-schemas/document-types.ts';

export const PATHS = {
  patient: 'patients',
  record: 'records',
  prescription: 'prescriptions',
  procedure: 'procedures',
  vaccine: 'vaccines',
  vital: 'vitals',
  appointment: 'appointments',
  drug: 'drugs',
  clinic: 'clinics',
  staff: 'staff',
} as const satisfies Record<DocumentType, string>;

/** The values of a field that has a fixed list of them; undefined where the type has no such field. */
export function valuesOf(type: DocumentType, field: string): readonly string[] | undefined {
  const properties: Readonly<Record<string, object>> = schemas[type].properties;
  return (properties[field] as { readonly enum?: readonly string[] } | undefined)?.enum;
}
