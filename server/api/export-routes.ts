/** A patient's whole record in one answer: as JSON, or as a FHIR R4 Bundle. */
import { z } from 'zod';
import { type AnyDocument, type DocumentOf, PATIENT_BOUND_TYPES } from '../../shared-schemas/document-types.ts';
import { clinicDocId } from '../../shared-schemas/ids.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import type { ExportEvent } from '../audit/export-events.ts';
import { type ApiRoute, type JsonSchema, route } from '../http/api-route.ts';
import type { ApiDocument, DocumentReader } from './document-reader.ts';
import { documentRef } from './document-schemas.ts';
import { readDocument } from './documents-routes.ts';
import { toFhirBundle } from './export/fhir/bundle.ts';
import type { PatientExport } from './export/patient-export.ts';
import { PATIENT_ID_PARAM } from './patient-routes.ts';

export interface ExportRoutesOptions {
  readonly reader: DocumentReader;
  /** Awaited before anything is answered. */
  readonly record: (event: ExportEvent) => Promise<void>;
  readonly nowMs: () => number;
}

const FHIR_JSON = 'application/fhir+json';
/** Fields that name a member of the staff by their user id. */
const PERSON_FIELDS = ['createdBy', 'updatedBy', 'filledBy', 'performedBy', 'staffUserId'] as const;

const exportSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    exportedAt: { type: 'string', format: 'date-time' },
    patient: documentRef('patient'),
    documents: { type: 'array', items: { anyOf: PATIENT_BOUND_TYPES.map(documentRef) } },
    clinics: { type: 'array', items: documentRef('clinic'), description: 'That hold the patient' },
    staff: { type: 'array', items: documentRef('staff'), description: 'Who is named in the documents' },
  },
  required: ['exportedAt', 'patient', 'documents', 'clinics', 'staff'],
};

const fhirSchema: JsonSchema = {
  type: 'object',
  description: 'FHIR R4 Bundle of the type collection',
  properties: { resourceType: { const: 'Bundle' } },
  required: ['resourceType'],
};

export const exportRoutes = ({ reader, record, nowMs }: ExportRoutesOptions): ApiRoute[] => [
  route({
    method: 'get',
    path: '/patients/{id}/export',
    tag: 'patients',
    summary: "Export a patient's whole record",
    description:
      'Holds everything about the patient that the caller may read. Who exported whom and when is recorded. As FHIR with ' +
      `\`format=fhir\`, or where Accept asks for ${FHIR_JSON}.`,
    access: { action: 'read', type: 'patient' },
    params: PATIENT_ID_PARAM,
    query: z.strictObject({ format: z.enum(['json', 'fhir']).optional().describe('Instead of what Accept says') }),
    answers: { 200: { description: 'The record', schema: exportSchema, alsoAs: { [FHIR_JSON]: fhirSchema } } },
    errors: ['not_found'],
    handle: async ({ principal, params, query, req }) => {
      const patient = await readDocument(reader, principal, 'patient', params.id);
      const asFhir = query.format ? query.format === 'fhir' : req.accepts(['json', FHIR_JSON]) === FHIR_JSON;
      const format = asFhir ? 'fhir' : 'json';
      await record({ kind: 'patient_exported', patientId: String(patient.patientId), by: principal.userId, format });
      const exported = await gather(reader, principal, patient, nowMs());
      const name = `patient-${String(patient.patientId)}.${asFhir ? 'fhir.json' : 'json'}`;
      const headers = { 'Content-Disposition': `attachment; filename="${name}"` };
      if (!asFhir) return { body: exported, headers };
      return { body: toFhirBundle(exported), headers: { ...headers, 'Content-Type': FHIR_JSON } };
    },
  }),
];

async function gather(
  reader: DocumentReader,
  principal: Principal,
  patient: ApiDocument,
  nowMs: number,
): Promise<PatientExport> {
  const documents: ApiDocument[] = [];
  for await (const document of reader.allOfPatient(principal, String(patient.patientId))) {
    if (document._id !== patient._id) documents.push(document);
  }
  const named = new Set(
    [patient, ...documents].flatMap((document) =>
      PERSON_FIELDS.flatMap((field) => (typeof document[field] === 'string' ? [document[field]] : [])),
    ),
  );
  const readAll = async <T>(ids: readonly string[]): Promise<T[]> => {
    const found = await Promise.all(ids.map((id) => reader.get(principal, id)));
    return found.filter((document) => document !== undefined) as unknown as T[];
  };
  return {
    exportedAt: new Date(nowMs).toISOString(),
    patient: patient as unknown as DocumentOf['patient'],
    documents: documents as unknown as AnyDocument[],
    clinics: await readAll((patient.clinicIds as string[]).map(clinicDocId)),
    // The directory entry of an account is named after it.
    staff: await readAll([...named].map((userId) => `staff:staff:${userId.slice(1)}`)),
  };
}
