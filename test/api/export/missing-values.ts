/** Whether all that a document says is said in the bundle, by those resources that were made of it. */
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { sourceIdOf } from '../../../server/api/export/fhir/fhir-id.ts';
import type { Exported, PatientExport } from '../../../server/api/export/patient-export.ts';
import { isObject, type Json, type Leaf, leavesOf, walk } from './walk.ts';

/** How a document is kept and where it goes; nothing of it is about the patient. */
const BOOKKEEPING = ['_rev', 'type', 'schemaVersion', 'deviceId', 'formerClinicIds'];
/** The documents of a patient go where the patient goes. */
const REPEATED = ['clinicIds'];
/** Who keeps the lists of clinics and staff, and what is private in them. */
const DIRECTORY = ['createdAt', 'createdBy', 'updatedBy'];
export const PRIVATE = ['privatePhone', 'privateEmail', 'identityNumber', 'licenceNumber'];

/** Values that FHIR has another word for. */
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'prescription.status': { pending: 'active', filled: 'completed', cancelled: 'cancelled' },
  'procedure.status': { planned: 'active', performed: 'completed', cancelled: 'not-done' },
  'appointment.status': { scheduled: 'booked', completed: 'fulfilled', cancelled: 'cancelled', missed: 'noshow' },
};

/** The fields of a visit that the resource at the other end tells. */
const LINKS = ['prescriptionId', 'procedureId', 'vaccineId', 'vitalId'];
/** Two fields that are one text in FHIR. */
const JOINED = ['lines.dose', 'lines.instructions'];

/** A sentence for each value that is not there. */
export function missingValues(source: PatientExport, bundle: Bundle): string[] {
  const sent = new SentValues(bundle);
  const inDirectory = [...source.clinics, ...source.staff];
  return [source.patient, ...source.documents, ...inDirectory].flatMap((document) =>
    Object.entries(document)
      .filter(([field]) => !skipped(document).includes(field))
      .flatMap(([field, value]) => leavesOf(value as Json, field))
      .filter((leaf) => !sent.says(document, leaf))
      .map(({ field, value }) => `${document._id}: ${field} ${JSON.stringify(value)}`),
  );
}

function skipped({ type }: Exported): readonly string[] {
  if (type === 'staff') return [...BOOKKEEPING, ...DIRECTORY, ...PRIVATE];
  if (type === 'clinic') return [...BOOKKEEPING, ...DIRECTORY];
  return type === 'patient' ? BOOKKEEPING : [...BOOKKEEPING, ...REPEATED];
}

class SentValues {
  readonly #byUrl: ReadonlyMap<string, FhirResource>;
  readonly #bySource: ReadonlyMap<string | undefined, FhirResource[]>;
  readonly #values = new Map<string, ReadonlySet<string>>();

  constructor(bundle: Bundle) {
    const sent = JSON.parse(JSON.stringify(bundle)) as Bundle;
    this.#byUrl = new Map(sent.entry?.map(({ fullUrl, resource }) => [fullUrl ?? '', resource as FhirResource]));
    const bySource = new Map<string | undefined, FhirResource[]>();
    for (const resource of this.#byUrl.values()) {
      const id = sourceIdOf(resource.id ?? '');
      bySource.set(id, [...(bySource.get(id) ?? []), resource]);
    }
    this.#bySource = bySource;
  }

  says(document: Exported, { field, value }: Leaf): boolean {
    const said = this.#saidBy(document._id);
    const text = plain(value);
    if (text === '') return true;
    if (field === 'confidential') return this.#of(document._id).every((resource) => isRestricted(resource) === value);
    const word = WORDS[`${document.type}.${field}`]?.[text];
    if (word !== undefined) return said.has(word);
    if (field === 'patientId') return said.has(`${text}:patient`);
    if (field === 'patientBirthDate') return said.has(text) || this.#birthDate() === text;
    if (JOINED.includes(field)) return [...said].some((other) => other.includes(text));
    return said.has(text) || (LINKS.includes(field) && this.#saidBy(text).has(document._id));
  }

  #of(documentId: string): readonly FhirResource[] {
    return this.#bySource.get(documentId) ?? [];
  }

  #birthDate(): string | undefined {
    return [...this.#byUrl.values()].flatMap((resource) =>
      resource.resourceType === 'Patient' ? resource.birthDate : [],
    )[0];
  }

  /** What the resources of a document say, with the identifiers of those that they refer to. */
  #saidBy(documentId: string): ReadonlySet<string> {
    const known = this.#values.get(documentId);
    if (known) return known;
    const own = this.#of(documentId) as unknown as Json[];
    const leaves = own.flatMap((resource) => leavesOf(resource));
    walk(own, ({ reference }) => {
      const target = this.#byUrl.get(String(reference)) as unknown as Json | undefined;
      if (isObject(target)) leaves.push(...leavesOf(target.identifier));
    });
    const said = new Set(leaves.map(({ value }) => plain(value)));
    this.#values.set(documentId, said);
    return said;
  }
}

const isRestricted = ({ meta }: FhirResource): boolean => meta?.security?.some(({ code }) => code === 'R') ?? false;

/** White space of any kind and length, and what FHIR's text can't hold, count as one space. */
const plain = (value: Leaf['value']): string =>
  String(value)
    .replace(/[\s\p{Cc}\p{Cs}]+/gu, ' ')
    .trim()
    .replace(/^(\d{4}-\d\d-\d\d) (?=\d\d:\d\d:\d\d)/, '$1T');
