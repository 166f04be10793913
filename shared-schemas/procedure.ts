import type { FromSchema } from 'json-schema-to-ts';
import {
  code,
  instant,
  link,
  oneOf,
  patientBoundFields,
  patientBoundRequired,
  patientDocumentId,
  requiredText,
  text,
  userId,
} from './fields.ts';

export const procedureSchema = {
  title: 'procedure',
  description: 'Something to be done to a patient, and whether it was',
  version: 0,
  primaryKey: '_id',
  type: 'object',
  additionalProperties: false,
  properties: {
    _id: patientDocumentId('procedure'),
    type: { type: 'string', enum: ['procedure'], maxLength: 20 },
    ...patientBoundFields,
    name: requiredText(300, 'What is to be done'),
    code: code('SNOMED CT or CPT code'),
    description: text(5_000, 'Details of the order'),
    status: oneOf(['planned', 'performed', 'cancelled'], 'Whether it was done'),
    scheduledFor: instant('When it is planned'),
    performedBy: userId('Who performed it'),
    performedAt: instant('When it was performed'),
    performNotes: text(5_000, 'Notes of who performed it'),
    recordId: link('Visit in which it was ordered'),
  },
  required: [...patientBoundRequired, 'name', 'status'],
} as const;

export type Procedure = FromSchema<typeof procedureSchema>;
