/** Which LOINC codes are fields of a vital, and how their UCUM units become the field's unit. */

export type VitalField =
  | 'temperatureCelsius'
  | 'heartRatePerMinute'
  | 'respiratoryRatePerMinute'
  | 'systolicMmHg'
  | 'diastolicMmHg'
  | 'oxygenSaturationPercent'
  | 'heightCm'
  | 'weightKg'
  | 'headCircumferenceCm'
  | 'glucoseMmolPerL'
  | 'painScore';

export interface VitalSign {
  readonly field: VitalField;
  /** From each unit that is understood to the field's; any other unit is a row error, never a guess. */
  readonly units: Readonly<Record<string, (value: number) => number>>;
}

/** Molar mass of glucose, g/mol: mg/dL divided by a tenth of it is mmol/L. */
const GLUCOSE_G_PER_MOL = 180.156;

const same = (value: number): number => value;
const round2 = (value: number): number => Math.round(value * 100) / 100;
const perMinute = { '/min': same, '{beats}/min': same, '{breaths}/min': same };
const pressure = { 'mm[Hg]': same, mmHg: same };
const percent = { '%': same };
const length = { cm: same };
const glucose: VitalSign = {
  field: 'glucoseMmolPerL',
  units: { 'mg/dL': (value) => round2(value / (GLUCOSE_G_PER_MOL / 10)), 'mmol/L': same },
};

export const VITAL_SIGNS: ReadonlyMap<string, VitalSign> = new Map<string, VitalSign>([
  [
    '8310-5',
    { field: 'temperatureCelsius', units: { Cel: same, '[degF]': (value) => round2(((value - 32) * 5) / 9) } },
  ],
  ['8867-4', { field: 'heartRatePerMinute', units: perMinute }],
  ['9279-1', { field: 'respiratoryRatePerMinute', units: perMinute }],
  ['8480-6', { field: 'systolicMmHg', units: pressure }],
  ['8462-4', { field: 'diastolicMmHg', units: pressure }],
  ['2708-6', { field: 'oxygenSaturationPercent', units: percent }],
  ['59408-5', { field: 'oxygenSaturationPercent', units: percent }],
  ['8302-2', { field: 'heightCm', units: length }],
  ['29463-7', { field: 'weightKg', units: { kg: same } }],
  ['9843-4', { field: 'headCircumferenceCm', units: length }],
  ['72514-3', { field: 'painScore', units: { '{score}': same } }],
  ['2339-0', glucose],
  ['15074-8', glucose],
]);
