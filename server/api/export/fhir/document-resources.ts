import type { FhirResource } from 'fhir/r4.js';
import type { Clinic, Drug, Staff } from '../../../../shared-schemas/reference.ts';
import type { Exported, PatientExport } from '../patient-export.ts';
import { allergyIntolerances } from './allergy-intolerance.ts';
import { appointment } from './appointment.ts';
import { staffNotes, visitNotes } from './clinical-impression.ts';
import { diagnosisCondition, problemConditions } from './condition.ts';
import { encounter } from './encounter.ts';
import { immunization, immunizationRecommendations } from './immunization.ts';
import { medicationDispenses } from './medication-dispense.ts';
import { medicationRequests } from './medication-request.ts';
import { observations } from './observation.ts';
import { patientResource } from './patient.ts';
import { procedures, serviceRequest } from './procedure.ts';
import type { References } from './references.ts';

/** The resources that a document of a patient becomes. */
export function documentResources(
  document: Exported,
  references: References,
  patient: PatientExport['patient'],
): FhirResource[] {
  switch (document.type) {
    case 'patient':
      return [
        patientResource(document, references),
        ...allergyIntolerances(document, references),
        ...problemConditions(document, references),
        ...staffNotes(document, references),
      ];
    case 'record': {
      const diagnosis = diagnosisCondition(document, references);
      return [encounter(document, diagnosis, references), diagnosis, ...visitNotes(document, references)];
    }
    case 'prescription':
      return [...medicationRequests(document, references, patient), ...medicationDispenses(document, references)];
    case 'procedure':
      return [serviceRequest(document, references), ...procedures(document, references)];
    case 'vaccine':
      return [immunization(document, references), ...immunizationRecommendations(document, references)];
    case 'vital':
      return observations(document, references);
    case 'appointment':
      return [appointment(document, references)];
    default: {
      // Does not compile where a type of patients' documents has no case of its own.
      const { type }: Exported<Drug | Clinic | Staff> = document;
      throw new RangeError(`a ${type} belongs to no patient: leave it out of the documents of an export`);
    }
  }
}
