import type { FromSchema } from 'json-schema-to-ts';
import {
  code,
  day,
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

export const prescriptionSchema = {
  title: 'prescription',
  description: 'Drugs ordered for a patient, and whether they were dispensed',
  version: 0,
  primaryKey: '_id',
  type: 'object',
  additionalProperties: false,
  properties: {
    _id: patientDocumentId('prescription'),
    type: { type: 'string', enum: ['prescription'], maxLength: 20 },
    ...patientBoundFields,
    patientName: requiredText(220, 'Name of the patient when it was written: a pharmacist has no patient record'),
    patientBirthDate: day('Day of birth of the patient when it was written'),
    lines: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      description: 'What is ordered',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          drugId: link('Document id in the drug catalogue'),
          drugName: requiredText(300, 'Name of the drug'),
          drugCode: code('RxNorm or ATC code'),
          dose: text(200, 'Dose with its unit, for example 500 mg'),
          instructions: text(1_000, 'How to take it'),
          quantity: { type: 'number', minimum: 0, maximum: 10_000, description: 'How much to dispense' },
          quantityUnit: text(40, 'Unit of the quantity, for example tablets'),
        },
        required: ['drugName'],
      },
    },
    status: oneOf(['pending', 'filled', 'cancelled'], 'Whether it was dispensed'),
    notes: text(5_000, 'Notes for clinicians; a pharmacist does not see them'),
    reason: text(2_000, 'Why it was ordered; a pharmacist does not see it'),
    filledBy: userId('Who dispensed it'),
    filledAt: instant('When it was dispensed'),
    dispenseNotes: text(2_000, 'Notes of the pharmacist'),
    recordId: link('Visit in which it was written'),
  },
  required: [...patientBoundRequired, 'patientName', 'patientBirthDate', 'lines', 'status'],
} as const;

export type Prescription = FromSchema<typeof prescriptionSchema>;
