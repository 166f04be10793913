/** Fields that name another document of the same patient, each with the type it names. */
import type { DocumentType } from '../shared-schemas/document-types.ts';

export const LINKS: Readonly<Record<string, DocumentType>> = {
  recordId: 'record',
  appointmentId: 'appointment',
  prescriptionId: 'prescription',
  procedureId: 'procedure',
  vaccineId: 'vaccine',
  vitalId: 'vital',
};

/** The links of a document, with what they name. */
export const linksOf = (body: Readonly<Record<string, unknown>>): { field: string; id: string; type: DocumentType }[] =>
  Object.entries(LINKS).flatMap(([field, type]) => {
    const id = body[field];
    return typeof id === 'string' ? [{ field, id, type }] : [];
  });
