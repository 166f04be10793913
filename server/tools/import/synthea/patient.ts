import { patientDocId } from '../../../../shared-schemas/ids.ts';
import type { Patient } from '../../../../shared-schemas/patient.ts';
import { checked, RowFault } from '../row-fault.ts';
import type { ClinicPlan } from './clinics.ts';
import { addressOf, commonFields, given } from './common-fields.ts';
import type { PatientRows } from './data-set.ts';
import type { Row } from './files.ts';
import type { Person } from './map-context.ts';
import type { Problems } from './problems.ts';
import { stableUlid } from './stable-id.ts';
import { isoTime, optionalDay, pastInstant } from './times.ts';
import type { Visit } from './visit.ts';

const SEX_OF: ReadonlyMap<string, Patient['sex']> = new Map([
  ['M', 'male'],
  ['F', 'female'],
  ['O', 'other'],
  ['U', 'unknown'],
  ['', 'unknown'],
]);

/** The clinics at which the patient had encounters, sorted; one chosen by the patient's Id where there were none. */
export function clinicIdsOf({ patient, rows }: PatientRows, clinics: ClinicPlan): string[] {
  const slugs = new Set(rows.encounters.map(({ cells }) => clinics.slugOf(cells.ORGANIZATION)));
  return slugs.size > 0 ? [...slugs].sort() : [clinics.slugOf(`patient:${patient.key}`)];
}

/** The patient as patients.csv knows them. Throws RowFault. */
export function patientOf({ key, cells }: Row<'patients'>, clinicIds: string[], nowMs: number): Patient {
  const birthMs = pastInstant(cells.BIRTHDATE, 'BIRTHDATE', nowMs);
  const sex = SEX_OF.get(cells.GENDER);
  if (!sex) throw new RowFault('GENDER is not one of M, F, O, U');
  if (cells.DEATHDATE !== '') pastInstant(cells.DEATHDATE, 'DEATHDATE', nowMs);
  const patientId = `p${stableUlid(birthMs, `patient:${key}`)}`;
  return checked('patient', {
    _id: patientDocId(patientId),
    type: 'patient',
    ...commonFields(birthMs),
    patientId,
    clinicIds,
    firstName: [cells.FIRST, cells.MIDDLE].filter((name) => name !== '').join(' '),
    lastName: cells.LAST,
    sex,
    birthDate: cells.BIRTHDATE.slice(0, 10),
    ...given({
      deathDate: optionalDay(cells.DEATHDATE, 'DEATHDATE'),
      identityNumber: cells.SSN,
      address: addressOf(cells),
    }),
  });
}

export const personOf = ({ patientId, clinicIds, firstName, lastName, birthDate, deathDate }: Patient): Person => ({
  patientId,
  clinicIds,
  name: `${firstName} ${lastName}`,
  birthDate,
  deathDate,
});

/**
 * The patient with what the other files say: created at the first visit (at birth where there was none), changed when the
 * newest allergy or condition became known.
 */
export function withHistory(patient: Patient, problems: Problems, visits: Iterable<Visit>): Patient {
  const firstVisitMs = Math.min(...[...visits].map(({ startMs }) => startMs));
  const createdAt = Number.isFinite(firstVisitMs) ? isoTime(firstVisitMs) : patient.createdAt;
  const updatedAt = isoTime(Math.max(Date.parse(createdAt), problems.newestMs));
  const { allergies, conditions } = problems;
  return {
    ...patient,
    createdAt,
    updatedAt,
    ...(allergies.length > 0 && { allergies: [...allergies] }),
    ...(conditions.length > 0 && { conditions: [...conditions] }),
  };
}
