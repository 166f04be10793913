/** Vital signs: an observation for each, and a panel that holds them together, with the notes on all of them. */
import type { CodeableConcept, Observation, ObservationComponent, Quantity } from 'fhir/r4.js';
import type { Vital } from '../../../../shared-schemas/vital.ts';
import type { Exported } from '../patient-export.ts';
import { referenceTo } from './full-url.ts';
import { headOf } from './head.ts';
import { loinc, VITAL_SIGNS, type VitalSign } from './loinc.ts';
import type { References } from './references.ts';
import { instantOf } from './times.ts';
import { hl7Concept, notes } from './values.ts';

const NOT_RECORDED = hl7Concept('data-absent-reason', 'unknown', 'Unknown');
const category = (code: string, display: string) => hl7Concept('observation-category', code, display);
const VITAL_SIGN_CATEGORY = category('vital-signs', 'Vital Signs');

export function observations(vital: Exported<Vital>, references: References): Observation[] {
  const members = [
    ...bloodPressures(vital, references),
    ...VITAL_SIGNS.flatMap((sign) => signObservations(vital, sign, references)),
  ];
  return [panel(vital, members, references), ...members];
}

/** Stands for the document. One without any measured value says so (invariant vs-2). */
const panel = (vital: Exported<Vital>, members: readonly Observation[], references: References): Observation => ({
  ...observation(vital, references),
  code: {
    coding: [loinc('85353-1', 'Vital signs, weight, height, head circumference, oxygen saturation and BMI panel')],
  },
  dataAbsentReason: members.length > 0 ? undefined : NOT_RECORDED,
  hasMember: members.map(referenceTo),
  note: notes(vital.notes),
});

function signObservations(vital: Exported<Vital>, sign: VitalSign, references: References): Observation[] {
  const value = vital[sign.field];
  if (value === undefined) return [];
  const common = observation(vital, references, sign.part);
  return [
    {
      ...common,
      category: [VITAL_SIGN_CATEGORY, ...(sign.category ? [category(...sign.category)] : [])],
      code: { coding: [...sign.codings] },
      valueQuantity: ucum(value, sign.unit),
    },
  ];
}

/** The profile asks for both values; one that was not taken is marked as absent (invariant vs-3). */
function bloodPressures(vital: Exported<Vital>, references: References): Observation[] {
  const { systolicMmHg, diastolicMmHg } = vital;
  if (systolicMmHg === undefined && diastolicMmHg === undefined) return [];
  return [
    {
      ...observation(vital, references, 'press'),
      code: { coding: [loinc('85354-9', 'Blood pressure panel with all children optional')] },
      component: [
        pressure({ coding: [loinc('8480-6', 'Systolic blood pressure')] }, systolicMmHg),
        pressure({ coding: [loinc('8462-4', 'Diastolic blood pressure')] }, diastolicMmHg),
      ],
    },
  ];
}

const pressure = (code: CodeableConcept, mmHg: number | undefined): ObservationComponent =>
  mmHg === undefined ? { code, dataAbsentReason: NOT_RECORDED } : { code, valueQuantity: ucum(mmHg, 'mm[Hg]') };

const ucum = (value: number, unit: string): Quantity => ({
  value,
  unit,
  system: 'http://unitsofmeasure.org',
  code: unit,
});

const observation = (vital: Exported<Vital>, references: References, part?: string) => ({
  ...headOf('Observation', vital, part),
  status: 'final' as const,
  category: [VITAL_SIGN_CATEGORY],
  subject: references.patient(),
  encounter: references.encounterOf(vital),
  effectiveDateTime: instantOf(vital.measuredAt),
  performer: [references.user(vital.createdBy)],
});
