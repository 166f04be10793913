/** What each field of a vital is in LOINC and UCUM, as FHIR's vital signs profiles ask for it. */
import type { Coding } from 'fhir/r4.js';

export const LOINC = 'http://loinc.org';

export const loinc = (code: string, display: string): Coding => ({ system: LOINC, code, display });

/** The fields of a vital that are measured, blood pressure aside: its two are one observation. */
export type SignField =
  | 'temperatureCelsius'
  | 'heartRatePerMinute'
  | 'respiratoryRatePerMinute'
  | 'oxygenSaturationPercent'
  | 'heightCm'
  | 'weightKg'
  | 'headCircumferenceCm'
  | 'glucoseMmolPerL'
  | 'painScore';

export interface VitalSign {
  readonly field: SignField;
  /** Names the observation among those of one vital: no more than six characters. */
  readonly part: string;
  readonly codings: readonly Coding[];
  /** UCUM. */
  readonly unit: string;
  /** A category that it belongs to besides that of vital signs. */
  readonly category?: readonly [code: string, display: string];
}

const sign = (field: SignField, part: string, unit: string, ...codings: readonly Coding[]): VitalSign => ({
  field,
  part,
  unit,
  codings,
});

export const VITAL_SIGNS: readonly VitalSign[] = [
  sign('temperatureCelsius', 'temp', 'Cel', loinc('8310-5', 'Body temperature')),
  sign('heartRatePerMinute', 'pulse', '/min', loinc('8867-4', 'Heart rate')),
  sign('respiratoryRatePerMinute', 'breath', '/min', loinc('9279-1', 'Respiratory rate')),
  // The profile asks for the first code; the second says that it was taken on the skin.
  sign(
    'oxygenSaturationPercent',
    'oxygen',
    '%',
    loinc('2708-6', 'Oxygen saturation in Arterial blood'),
    loinc('59408-5', 'Oxygen saturation in Arterial blood by Pulse oximetry'),
  ),
  sign('heightCm', 'height', 'cm', loinc('8302-2', 'Body height')),
  sign('weightKg', 'weight', 'kg', loinc('29463-7', 'Body weight')),
  sign('headCircumferenceCm', 'head', 'cm', loinc('9843-4', 'Head Occipital-frontal circumference')),
  {
    ...sign('glucoseMmolPerL', 'sugar', 'mmol/L', loinc('15074-8', 'Glucose [Moles/volume] in Blood')),
    category: ['laboratory', 'Laboratory'],
  },
  {
    ...sign(
      'painScore',
      'pain',
      '{score}',
      loinc('72514-3', 'Pain severity - 0-10 verbal numeric rating [Score] - Reported'),
    ),
    category: ['survey', 'Survey'],
  },
];
