/**
 * Free notes on a visit and on a patient, for which Encounter and Patient have no place. A ClinicalImpression is the
 * clinician's own assessment, is tied to the visit, and has a note as text. A Communication would claim that something was
 * sent to somebody; an extension would be lost on nearly every receiver.
 */
import type { ClinicalImpression, Coding } from 'fhir/r4.js';
import type { Patient } from '../../../../shared-schemas/patient.ts';
import type { MedicalRecord } from '../../../../shared-schemas/record.ts';
import type { Exported } from '../patient-export.ts';
import { referenceTo } from './full-url.ts';
import { headOf } from './head.ts';
import type { References } from './references.ts';
import { optionalInstant } from './times.ts';
import { notes } from './values.ts';

const NOT_FOR_THE_PATIENT: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  code: 'NOPAT',
  display: "no disclosure to patient, family or caregivers without attending provider's authorization",
};

export function visitNotes(record: Exported<MedicalRecord>, references: References): ClinicalImpression[] {
  if (record.notes === undefined) return [];
  return [
    {
      ...headOf('ClinicalImpression', record, 'note'),
      status: 'completed',
      description: 'Notes of the visit',
      subject: references.patient(),
      encounter: referenceTo(headOf('Encounter', record)),
      effectiveDateTime: optionalInstant(record.visitedAt),
      note: notes(record.notes),
    },
  ];
}

/** The patient's role does not see these; the label asks every receiver to keep it so. */
export function staffNotes(patient: Exported<Patient>, references: References): ClinicalImpression[] {
  if (patient.staffNotes === undefined) return [];
  const head = headOf('ClinicalImpression', patient, 'note');
  return [
    {
      ...head,
      meta: { ...head.meta, security: [NOT_FOR_THE_PATIENT] },
      status: 'completed',
      description: 'Medical notes for staff',
      subject: references.patient(),
      note: notes(patient.staffNotes),
    },
  ];
}
