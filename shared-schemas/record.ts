import type { FromSchema } from 'json-schema-to-ts';
import {
  code,
  instant,
  link,
  patientBoundFields,
  patientBoundRequired,
  patientDocumentId,
  requiredText,
  text,
} from './fields.ts';

export const recordSchema = {
  title: 'record',
  description: 'A visit: its diagnosis and notes, with links to what was done',
  version: 0,
  primaryKey: '_id',
  type: 'object',
  additionalProperties: false,
  properties: {
    _id: patientDocumentId('record'),
    type: { type: 'string', enum: ['record'], maxLength: 20 },
    ...patientBoundFields,
    visitedAt: instant('When the visit took place'),
    diagnosis: requiredText(2_000, 'Diagnosis, or the reason of the visit where there is none'),
    diagnosisCode: code('SNOMED CT or ICD-10 code of the diagnosis'),
    notes: text(20_000, 'Notes of the visit'),
    confidential: { type: 'boolean', description: 'Nurses do not see a confidential record' },
    appointmentId: link('Appointment that led to the visit'),
    prescriptionId: link('Prescription written in the visit'),
    procedureId: link('Procedure ordered or done in the visit'),
    vaccineId: link('Vaccination given in the visit'),
    vitalId: link('Vital signs taken in the visit'),
  },
  required: [...patientBoundRequired, 'diagnosis'],
} as const;

export type MedicalRecord = FromSchema<typeof recordSchema>;
