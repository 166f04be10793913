import type { RuleDocument } from '../../../../sync-rules/document.ts';
import { attempt } from '../row-fault.ts';
import { followUpOf } from './appointment.ts';
import type { PatientRows } from './data-set.ts';
import { csvName, type FileName } from './files.ts';
import type { MapContext, Person } from './map-context.ts';
import { clinicIdsOf, patientOf, personOf, withHistory } from './patient.ts';
import { prescriptionOf } from './prescription.ts';
import { problemsOf } from './problems.ts';
import { procedureOf } from './procedure.ts';
import { visitsOf } from './record.ts';
import { withLinks } from './record-links.ts';
import { vaccineOf } from './vaccine.ts';
import { noteMissingVisit, type Visit, type Visits } from './visit.ts';
import { vitalsOf } from './vital.ts';

/** All documents of one patient, the patient first; gives every one of the rows its outcome. */
export function patientDocuments(data: PatientRows, context: MapContext): readonly RuleDocument[] {
  const { ledger, nowMs } = context;
  const account = ledger.account(csvName('patients'));
  const clinicIds = clinicIdsOf(data, context.clinics);
  const patient = attempt(account, data.patient, () => patientOf(data.patient, clinicIds, nowMs));
  if (!patient) {
    skipRows(data, context);
    return [];
  }
  account.documents += 1;

  const { rows } = data;
  const person = personOf(patient);
  const problems = problemsOf(patient, rows, context);
  const visits = visitsOf(rows.encounters, person, problems, context);
  const done = {
    prescriptions: mapRows('medications', rows.medications, prescriptionOf, person, visits, context),
    procedures: mapRows('procedures', rows.procedures, procedureOf, person, visits, context),
    vaccines: mapRows('immunizations', rows.immunizations, vaccineOf, person, visits, context),
    vitals: vitalsOf(rows.observations, person, visits, context),
  };
  const followUp = followUpOf(person, visits, context);
  if (followUp) ledger.derive('appointment');
  return [
    withHistory(patient, problems, visits.values()),
    ...withLinks(visits, done),
    ...Object.values(done).flat(),
    ...(followUp ? [followUp] : []),
  ];
}

/** A row of a file whose rows each become a document, linked to the visit that `ENCOUNTER` names. */
interface VisitRow {
  readonly line: number;
  readonly cells: { readonly ENCOUNTER: string };
}

type RowMapper<R, D> = (row: R, person: Person, visit: Visit | undefined, context: MapContext) => D;

/** One document per row, for those rows that have no error. */
function mapRows<R extends VisitRow, D>(
  file: FileName,
  rows: readonly R[],
  mapRow: RowMapper<R, D>,
  person: Person,
  visits: Visits,
  context: MapContext,
): D[] {
  const account = context.ledger.account(csvName(file));
  const documents: D[] = [];
  for (const row of rows) {
    const { ENCOUNTER } = row.cells;
    const visit = visits.get(ENCOUNTER);
    const document = attempt(account, row, () => mapRow(row, person, visit, context));
    if (!document) continue;
    account.documents += 1;
    noteMissingVisit(account, ENCOUNTER, visit);
    documents.push(document);
  }
  return documents;
}

/** Nothing of a patient can be stored without the patient, whose own row has the error. */
function skipRows({ rows }: PatientRows, { ledger }: MapContext): void {
  for (const [file, { length }] of Object.entries(rows)) {
    const account = ledger.account(csvName(file as FileName));
    for (let i = 0; i < length; i++) account.skip('the row of its patient has an error');
  }
}
