import type { FromSchema } from 'json-schema-to-ts';
import {
  code,
  day,
  email,
  oneOf,
  PATIENT_ID_PATTERN,
  patientBoundFields,
  patientBoundRequired,
  phone,
  requiredText,
  text,
} from './fields.ts';

export const patientSchema = {
  title: 'patient',
  description: 'A person in the care of one or more clinics, with allergies, conditions and medical notes',
  version: 0,
  primaryKey: '_id',
  type: 'object',
  additionalProperties: false,
  properties: {
    _id: { type: 'string', maxLength: 100, pattern: `^${PATIENT_ID_PATTERN}:patient$` },
    type: { type: 'string', enum: ['patient'], maxLength: 20 },
    ...patientBoundFields,
    firstName: requiredText(100, 'Given names'),
    lastName: requiredText(100, 'Family name'),
    sex: oneOf(['female', 'male', 'other', 'unknown'], 'Administrative sex'),
    birthDate: day('Day of birth'),
    deathDate: day('Day of death'),
    identityNumber: text(40, 'National identity or insurance number'),
    phoneNumber: phone('Telephone'),
    email: email('E-mail address'),
    address: text(500, 'Postal address'),
    emergencyContact: {
      type: 'object',
      additionalProperties: false,
      description: 'Whom to call',
      properties: {
        name: text(200, 'Name'),
        relationship: text(100, 'Relation to the patient'),
        phoneNumber: phone('Telephone'),
      },
    },
    allergies: {
      type: 'array',
      maxItems: 200,
      description: 'Known allergies and intolerances',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          substance: requiredText(200, 'What the patient reacts to'),
          code: code('SNOMED CT or RxNorm code'),
          reaction: text(500, 'How the patient reacts'),
          severity: oneOf(['mild', 'moderate', 'severe', 'unknown'], 'Severity of the worst known reaction'),
          since: day('Since when it is known'),
          until: day('Until when it held'),
        },
        required: ['substance'],
      },
    },
    conditions: {
      type: 'array',
      maxItems: 500,
      description: 'Problems and diagnoses',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          name: requiredText(300, 'Name of the condition'),
          code: code('SNOMED CT or ICD-10 code'),
          since: day('Onset'),
          until: day('End, where it is resolved'),
        },
        required: ['name'],
      },
    },
    staffNotes: text(10_000, 'Medical notes for staff; the patient does not see them'),
  },
  required: [...patientBoundRequired, 'firstName', 'lastName', 'sex', 'birthDate'],
} as const;

export type Patient = FromSchema<typeof patientSchema>;
