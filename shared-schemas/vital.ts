import type { FromSchema } from 'json-schema-to-ts';
import { instant, link, measure, patientBoundFields, patientBoundRequired, patientDocumentId, text } from './fields.ts';

/**
 * Bounds are the edge of what a living patient, newborns included, can show on an ordinary instrument: they catch a wrong
 * unit or a slipped digit and leave rare values to the clinician.
 */
export const vitalSchema = {
  title: 'vital',
  description: 'Vital signs taken at one time',
  version: 0,
  primaryKey: '_id',
  type: 'object',
  additionalProperties: false,
  properties: {
    _id: patientDocumentId('vital'),
    type: { type: 'string', enum: ['vital'], maxLength: 20 },
    ...patientBoundFields,
    measuredAt: instant('When they were taken'),
    temperatureCelsius: measure(20, 45, 'Body temperature, degrees Celsius'),
    heartRatePerMinute: measure(10, 350, 'Heart rate, beats per minute'),
    respiratoryRatePerMinute: measure(2, 150, 'Respiratory rate, breaths per minute'),
    systolicMmHg: measure(30, 320, 'Systolic blood pressure, mmHg'),
    diastolicMmHg: measure(10, 220, 'Diastolic blood pressure, mmHg'),
    oxygenSaturationPercent: measure(20, 100, 'Peripheral oxygen saturation, percent'),
    heightCm: measure(15, 275, 'Height or length, centimetres'),
    weightKg: measure(0.2, 700, 'Weight, kilograms'),
    headCircumferenceCm: measure(10, 80, 'Head circumference, centimetres'),
    glucoseMmolPerL: measure(0.3, 120, 'Blood glucose, mmol/L'),
    painScore: { type: 'integer', minimum: 0, maximum: 10, description: 'Pain, 0 to 10, as the patient says' },
    notes: text(5_000, 'Notes'),
    recordId: link('Visit in which they were taken'),
  },
  required: [...patientBoundRequired, 'measuredAt'],
} as const;

export type Vital = FromSchema<typeof vitalSchema>;
