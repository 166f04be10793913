/** A patient's whole record as a FHIR R4 bundle that can be read without anything outside it. */
import type { Bundle, Coding, FhirResource } from 'fhir/r4.js';
import type { Exported, PatientExport } from '../patient-export.ts';
import { clinicResources } from './clinic.ts';
import { documentResources } from './document-resources.ts';
import { fullUrlOf } from './full-url.ts';
import { practitioner, practitionerRoles } from './practitioner.ts';
import { provenances } from './provenance.ts';
import { References } from './references.ts';
import { instantOf } from './times.ts';
import { withoutEmpty } from './values.ts';

/**
 * What decides where a document goes, how it is stored and which device wrote it is left out (`type`, `schemaVersion`,
 * `deviceId`, `clinicIds` of all but the patient and the staff); so is `formerClinicIds`, which tells where else the patient
 * was treated, and who keeps the lists of clinics and staff. Everything else is in the bundle.
 *
 * Throws a RangeError where a document is not of this patient.
 */
export function toFhirBundle(source: PatientExport): Bundle {
  const patient = withoutEmpty(source.patient);
  const documents = source.documents.map(withoutEmpty);
  const clinics = source.clinics.map(withoutEmpty);
  const staff = source.staff.map(withoutEmpty);
  for (const document of documents) assertBelongsTo(patient, document);
  const references = new References({ patient, documents, clinics, staff });
  const resourcesOf = (document: Exported): FhirResource[] => {
    const resources = documentResources(document, references, patient);
    return [...resources, ...provenances(document, resources, references)];
  };
  const resources = [
    ...resourcesOf(patient),
    ...clinics.flatMap(clinicResources),
    ...staff.flatMap((person) => [practitioner(person), ...practitionerRoles(person, references)]),
    ...documents.flatMap(resourcesOf),
  ];
  return withoutEmpty<Bundle>({
    resourceType: 'Bundle',
    meta: { security: labelsOf(resources) },
    type: 'collection',
    timestamp: instantOf(source.exportedAt),
    entry: resources.map((resource) => ({ fullUrl: fullUrlOf(resource), resource })),
  });
}

/** One patient's data in the export of another is the worst that can go wrong here. */
function assertBelongsTo(patient: PatientExport['patient'], document: Exported): void {
  if ('patientId' in document && document.patientId === patient.patientId && document._id !== patient._id) return;
  throw new RangeError(`${document._id} is not a document of the patient ${patient.patientId}: leave it out`);
}

/** Every label of a resource inside, as FHIR asks of a bundle: it needs the care of the most sensitive of them. */
function labelsOf(resources: readonly FhirResource[]): Coding[] {
  const labels = resources.flatMap(({ meta }) => meta?.security ?? []);
  return [...new Map(labels.map((label) => [label.code, label])).values()];
}
