import type { MedicationDispense } from 'fhir/r4.js';
import type { Prescription } from '../../../../shared-schemas/prescription.ts';
import type { Exported } from '../patient-export.ts';
import { referenceTo } from './full-url.ts';
import { headOf } from './head.ts';
import { medication } from './medication.ts';
import type { References } from './references.ts';
import { optionalInstant } from './times.ts';
import { notes } from './values.ts';

/** One for each line of a filled prescription. How much was handed over is not recorded, only how much was ordered. */
export function medicationDispenses(
  prescription: Exported<Prescription>,
  references: References,
): MedicationDispense[] {
  if (prescription.status !== 'filled') return [];
  const { filledBy } = prescription;
  return prescription.lines.map((line, i) => ({
    ...headOf('MedicationDispense', prescription, `${i}`),
    status: 'completed',
    medicationCodeableConcept: medication(line),
    subject: references.patient(prescription.patientName),
    context: references.encounterOf(prescription),
    performer: filledBy === undefined ? [] : [{ actor: references.user(filledBy) }],
    authorizingPrescription: [referenceTo(headOf('MedicationRequest', prescription, `${i}`))],
    whenHandedOver: optionalInstant(prescription.filledAt),
    note: notes(prescription.dispenseNotes),
  }));
}
