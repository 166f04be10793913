import type { FromSchema } from 'json-schema-to-ts';
import {
  code,
  day,
  instant,
  link,
  patientBoundFields,
  patientBoundRequired,
  patientDocumentId,
  requiredText,
  text,
} from './fields.ts';

export const vaccineSchema = {
  title: 'vaccine',
  description: 'A vaccination that was given',
  version: 0,
  primaryKey: '_id',
  type: 'object',
  additionalProperties: false,
  properties: {
    _id: patientDocumentId('vaccine'),
    type: { type: 'string', enum: ['vaccine'], maxLength: 20 },
    ...patientBoundFields,
    name: requiredText(300, 'Vaccine'),
    code: code('CVX code'),
    administeredAt: instant('When it was given'),
    doseNumber: { type: 'integer', minimum: 1, maximum: 20, description: 'Which dose of the series' },
    lotNumber: text(60, 'Lot on the vial'),
    site: text(100, 'Where on the body'),
    nextDueOn: day('When the next dose is due'),
    notes: text(5_000, 'Notes'),
    recordId: link('Visit in which it was given'),
  },
  required: [...patientBoundRequired, 'name', 'administeredAt'],
} as const;

export type Vaccine = FromSchema<typeof vaccineSchema>;
