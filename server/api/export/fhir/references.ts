/** Who and what the documents of an export name, as references: inside the bundle where it is there, else by its name. */
import type { Reference } from 'fhir/r4.js';
import { clinicDocId } from '../../../../shared-schemas/ids.ts';
import type { MedicalRecord } from '../../../../shared-schemas/record.ts';
import type { Clinic, Staff } from '../../../../shared-schemas/reference.ts';
import type { Exported, PatientExport } from '../patient-export.ts';
import { fhirId } from './fhir-id.ts';
import { referenceTo } from './full-url.ts';
import { identifierOf } from './head.ts';
import { CLINIC_SYSTEM, USER_SYSTEM } from './systems.ts';

/** The links of a visit whose target can name the visit itself, and the type they lead to. */
const VISIT_LINKS = {
  prescriptionId: 'prescription',
  procedureId: 'procedure',
  vaccineId: 'vaccine',
  vitalId: 'vital',
} as const;
export type VisitLink = keyof typeof VISIT_LINKS;
export const VISIT_LINK_FIELDS = Object.keys(VISIT_LINKS) as readonly VisitLink[];

export class References {
  readonly #patientId: string;
  readonly #documents: ReadonlyMap<string, Exported>;
  readonly #clinics: ReadonlyMap<string, Clinic>;
  readonly #staff: ReadonlyMap<string | undefined, Staff>;
  /** The visit of each document that does not name one itself: the first that links to it. */
  readonly #visits = new Map<string, string>();

  constructor({ patient, documents, clinics, staff }: Omit<PatientExport, 'exportedAt'>) {
    this.#patientId = patient._id;
    this.#documents = new Map(documents.map((document) => [document._id, document]));
    this.#clinics = new Map(clinics.map((clinic) => [clinic.slug, clinic]));
    this.#staff = new Map(staff.map((person) => [person.userId, person]));
    for (const document of documents) if (document.type === 'record') this.#noteLinks(document);
  }

  patient(display?: string): Reference {
    return { ...this.#inside('Patient', this.#patientId), display };
  }

  /** A user without a directory entry here may be anyone, the patient included: nothing is said but the user id. */
  user(userId: string): Reference {
    const person = this.#staff.get(userId);
    if (!person) return { identifier: { system: USER_SYSTEM, value: userId } };
    return { ...this.#inside('Practitioner', person._id), display: person.name };
  }

  optionalUser(userId: string | undefined): Reference | undefined {
    return userId === undefined ? undefined : this.user(userId);
  }

  /** A clinic as those who work there, or as the place. */
  clinic(slug: string, as: 'Organization' | 'Location' = 'Organization'): Reference {
    const clinic = this.#clinics.get(slug);
    if (!clinic) return { type: as, identifier: { system: CLINIC_SYSTEM, value: slug } };
    return { ...this.#inside(as, clinicDocId(slug)), display: clinic.name };
  }

  appointment(id: string): Reference {
    return this.#document(id, 'appointment', 'Appointment');
  }

  /** The visit that the document names, else the first visit that links to it. */
  encounterOf(document: Exported): Reference | undefined {
    const visitId = this.#visitIdOf(document);
    return visitId === undefined ? undefined : this.#document(visitId, 'record', 'Encounter');
  }

  /** Whether `encounterOf` of the link's target is this visit, so that the link needs no mention of its own. */
  isToldByTarget(record: MedicalRecord, link: VisitLink): boolean {
    const target = this.#documents.get(record[link] ?? '');
    return target?.type === VISIT_LINKS[link] && this.#visitIdOf(target) === record._id;
  }

  #noteLinks(record: MedicalRecord): void {
    for (const field of VISIT_LINK_FIELDS) {
      const target = record[field];
      if (target !== undefined && !this.#visits.has(target)) this.#visits.set(target, record._id);
    }
  }

  #visitIdOf(document: Exported): string | undefined {
    return ('recordId' in document ? document.recordId : undefined) ?? this.#visits.get(document._id);
  }

  /** A document that the reader may not see, or that is no more, is named by its id. */
  #document(id: string, type: Exported['type'], resourceType: string): Reference {
    const found = this.#documents.get(id)?.type === type;
    return found ? this.#inside(resourceType, id) : { type: resourceType, identifier: identifierOf(id) };
  }

  #inside(resourceType: string, id: string): Reference {
    return referenceTo({ resourceType, id: fhirId(id) });
  }
}
