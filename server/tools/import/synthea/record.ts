import type { MedicalRecord } from '../../../../shared-schemas/record.ts';
import { attempt, checked } from '../row-fault.ts';
import { commonFields, given, IMPORT_USER } from './common-fields.ts';
import { isConfidential } from './confidential.ts';
import { csvName, type Row } from './files.ts';
import { type MapContext, type Person, patientFields } from './map-context.ts';
import type { Condition, Problems } from './problems.ts';
import { isSocialFinding } from './social-finding.ts';
import { stableUlid } from './stable-id.ts';
import { isoTime, pastInstant } from './times.ts';
import type { Visit } from './visit.ts';

/** Encounters become records, without the links to what was done, which is mapped after them. */
export function visitsOf(
  rows: readonly Row<'encounters'>[],
  person: Person,
  problems: Problems,
  context: MapContext,
): Map<string, Visit> {
  const account = context.ledger.account(csvName('encounters'));
  const visits = new Map<string, Visit>();
  for (const row of rows) {
    const visit = attempt(account, row, () => visitOf(row, person, problems.conditionsOf.get(row.key) ?? [], context));
    if (!visit) continue;
    const { ORGANIZATION, PROVIDER } = row.cells;
    if (!context.clinics.isKnown(ORGANIZATION)) account.note('ORGANIZATION is no Id of organizations.csv: folded');
    if (PROVIDER !== '' && !visit.staffUserId)
      account.note(`PROVIDER is no Id of providers.csv: ${IMPORT_USER} wrote it`);
    account.documents += 1;
    visits.set(row.key, visit);
  }
  return visits;
}

function visitOf(
  row: Row<'encounters'>,
  person: Person,
  conditions: readonly Condition[],
  { clinics, staff, nowMs }: MapContext,
): Visit {
  const { key, cells } = row;
  const startMs = pastInstant(cells.START, 'START', nowMs);
  const staffUserId = staff.userIdOf(cells.PROVIDER);
  const names = conditions.map(({ name }) => name);
  const record = checked('record', {
    _id: `${person.patientId}:record:${stableUlid(startMs, `encounter:${key}`)}`,
    type: 'record',
    ...commonFields(startMs, staffUserId),
    ...patientFields(person),
    visitedAt: isoTime(startMs),
    ...diagnosisOf(cells, conditions),
    notes: notesOf(cells, names),
    confidential: isConfidential([cells.REASONDESCRIPTION, cells.DESCRIPTION, ...names]),
  });
  const clinicSlug = clinics.slugOf(cells.ORGANIZATION);
  return {
    encounterId: key,
    record,
    startMs,
    clinicSlug,
    staffUserId,
    isWellness: cells.ENCOUNTERCLASS === 'wellness',
  };
}

type EncounterCells = Row<'encounters'>['cells'];

/**
 * The reason of the encounter, else a condition that was found in it, a disorder before a mere finding, else what kind of
 * encounter it was.
 */
function diagnosisOf(
  cells: EncounterCells,
  conditions: readonly Condition[],
): Pick<MedicalRecord, 'diagnosis' | 'diagnosisCode'> {
  if (cells.REASONDESCRIPTION !== '') {
    return { diagnosis: cells.REASONDESCRIPTION, ...given({ diagnosisCode: cells.REASONCODE }) };
  }
  const clinical = conditions.filter(({ name }) => !isSocialFinding(name));
  const condition = clinical.find(({ name }) => !name.endsWith('(finding)')) ?? clinical[0];
  if (condition) return { diagnosis: condition.name, ...given({ diagnosisCode: condition.code }) };
  return { diagnosis: cells.DESCRIPTION };
}

const notesOf = (cells: EncounterCells, conditions: readonly string[]): string =>
  [
    cells.ENCOUNTERCLASS && `Class: ${cells.ENCOUNTERCLASS}`,
    cells.DESCRIPTION && `Visit: ${cells.DESCRIPTION}`,
    conditions.length > 0 && `Conditions found: ${conditions.join('; ')}`,
  ]
    .filter((line) => line)
    .join('\n');
