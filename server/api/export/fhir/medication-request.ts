import type { Extension, MedicationRequest } from 'fhir/r4.js';
import type { Prescription } from '../../../../shared-schemas/prescription.ts';
import type { Exported, PatientExport } from '../patient-export.ts';
import { headOf, identifierOf } from './head.ts';
import { dosages, medication, quantity } from './medication.ts';
import type { References } from './references.ts';
import { extension } from './systems.ts';
import { instantOf, optionalInstant } from './times.ts';
import { concepts, notes } from './values.ts';

const STATUS = { pending: 'active', filled: 'completed', cancelled: 'cancelled' } as const;

/** One for each line, as FHIR has one drug in an order; the prescription is the group. */
export const medicationRequests = (
  prescription: Exported<Prescription>,
  references: References,
  patient: PatientExport['patient'],
): MedicationRequest[] =>
  prescription.lines.map((line, i) => {
    const ordered = quantity(line);
    return {
      ...headOf('MedicationRequest', prescription, `${i}`),
      groupIdentifier: identifierOf(prescription._id),
      status: STATUS[prescription.status],
      intent: 'order',
      medicationCodeableConcept: medication(line),
      subject: references.patient(prescription.patientName),
      encounter: references.encounterOf(prescription),
      authoredOn: instantOf(prescription.createdAt),
      requester: references.user(prescription.createdBy),
      reasonCode: concepts(prescription.reason),
      note: notes(prescription.notes),
      dosageInstruction: dosages(line),
      dispenseRequest: ordered && { quantity: ordered },
      extension: [...birthDateThen(prescription, patient), ...undoneDispensing(prescription, references)],
    };
  });

/** The day of birth that was copied when it was written, where the patient's has been corrected since. */
const birthDateThen = ({ patientBirthDate }: Prescription, { birthDate }: PatientExport['patient']): Extension[] =>
  patientBirthDate === birthDate ? [] : extension('patient-birth-date', 'valueDate', patientBirthDate);

/** A prescription that was filled and then un-filled may keep these; there is no dispensing to hold them. */
function undoneDispensing(prescription: Prescription, references: References): Extension[] {
  if (prescription.status === 'filled') return [];
  return [
    ...extension('filled-by', 'valueReference', references.optionalUser(prescription.filledBy)),
    ...extension('filled-at', 'valueDateTime', optionalInstant(prescription.filledAt)),
    ...extension('dispense-notes', 'valueString', prescription.dispenseNotes),
  ];
}
