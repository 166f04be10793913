import type { FromSchema } from 'json-schema-to-ts';
import {
  CLINIC_SLUG_PATTERN,
  instant,
  oneOf,
  patientBoundFields,
  patientBoundRequired,
  patientDocumentId,
  text,
  userId,
} from './fields.ts';

export const appointmentSchema = {
  title: 'appointment',
  description: 'A time at which a patient is expected',
  version: 0,
  primaryKey: '_id',
  type: 'object',
  additionalProperties: false,
  properties: {
    _id: patientDocumentId('appointment'),
    type: { type: 'string', enum: ['appointment'], maxLength: 20 },
    ...patientBoundFields,
    startsAt: instant('When it begins'),
    durationMinutes: { type: 'integer', minimum: 1, maximum: 1_440, description: 'Length, minutes' },
    clinicId: { type: 'string', pattern: `^${CLINIC_SLUG_PATTERN}$`, maxLength: 40, description: 'Where' },
    staffUserId: userId('With whom'),
    reason: text(2_000, 'Why'),
    status: oneOf(['scheduled', 'completed', 'cancelled', 'missed'], 'What became of it'),
    notes: text(5_000, 'Notes'),
  },
  required: [...patientBoundRequired, 'startsAt', 'status'],
} as const;

export type Appointment = FromSchema<typeof appointmentSchema>;
