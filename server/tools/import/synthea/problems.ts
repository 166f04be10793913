/** A patient's allergies and conditions: rows that are merged into the patient's own document. */
import { type Patient, patientSchema } from '../../../../shared-schemas/patient.ts';
import type { FileAccount } from '../ledger.ts';
import { attempt, checked, RowFault } from '../row-fault.ts';
import { given } from './common-fields.ts';
import type { PatientRows } from './data-set.ts';
import { csvName, type Row } from './files.ts';
import type { MapContext } from './map-context.ts';
import { optionalDay, pastInstant } from './times.ts';

export type Allergy = NonNullable<Patient['allergies']>[number];
export type Condition = NonNullable<Patient['conditions']>[number];

export interface Problems {
  readonly allergies: readonly Allergy[];
  readonly conditions: readonly Condition[];
  /** The conditions that were found in each encounter, by its Id, in the order of the file. */
  readonly conditionsOf: ReadonlyMap<string, readonly Condition[]>;
  /** When the newest became known, milliseconds since 1970; 0 where there are none. */
  readonly newestMs: number;
}

/** Severities, the worst first. */
const SEVERITIES = ['severe', 'moderate', 'mild'] as const;

/** @param patient valid; each row is judged as a part of it, so that one bad row costs no other. */
export function problemsOf(patient: Patient, rows: PatientRows['rows'], { ledger, nowMs }: MapContext): Problems {
  const found = <R extends ProblemRow, T>(field: ProblemField, of: readonly R[], toItem: (row: R) => T) =>
    mergeRows(field, of, toItem, patient, ledger.account(csvName(field)), nowMs);
  const allergies = found('allergies', rows.allergies, allergyOf);
  const conditions = found('conditions', rows.conditions, conditionOf);
  return {
    allergies: allergies.map(({ item }) => item),
    conditions: conditions.map(({ item }) => item),
    conditionsOf: byEncounter(conditions),
    newestMs: [...allergies, ...conditions].reduce((newest, { sinceMs }) => Math.max(newest, sinceMs), 0),
  };
}

/** The lists of a patient, named as their files are. */
type ProblemField = 'allergies' | 'conditions';

interface ProblemRow {
  readonly line: number;
  readonly cells: { readonly START: string };
}

interface Found<R, T> {
  readonly row: R;
  readonly item: T;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
}

function mergeRows<R extends ProblemRow, T>(
  field: ProblemField,
  rows: readonly R[],
  toItem: (row: R) => T,
  patient: Patient,
  account: FileAccount,
  nowMs: number,
): Found<R, T>[] {
  const found: Found<R, T>[] = [];
  for (const row of rows) {
    const one = attempt(account, row, () => {
      assertRoom(found, field);
      const sinceMs = row.cells.START === '' ? 0 : pastInstant(row.cells.START, 'START', nowMs);
      const item = toItem(row);
      checked('patient', { ...patient, [field]: [item] });
      return { row, item, sinceMs };
    });
    if (!one) continue;
    account.merged += 1;
    found.push(one);
  }
  return found;
}

function byEncounter(found: readonly Found<Row<'conditions'>, Condition>[]): ReadonlyMap<string, Condition[]> {
  const groups = new Map<string, Condition[]>();
  for (const { row, item } of found) {
    const group = groups.get(row.cells.ENCOUNTER);
    if (group) group.push(item);
    else groups.set(row.cells.ENCOUNTER, [item]);
  }
  return groups;
}

function assertRoom(items: readonly unknown[], field: ProblemField): void {
  const { maxItems } = patientSchema.properties[field];
  if (items.length >= maxItems) throw new RowFault(`/${field} must NOT have more than ${maxItems} items`);
}

function allergyOf({ cells }: Row<'allergies'>): Allergy {
  const reactions = [cells.DESCRIPTION1, cells.DESCRIPTION2].filter((reaction) => reaction !== '');
  return {
    substance: cells.DESCRIPTION,
    ...given({ code: cells.CODE, reaction: reactions.join('; '), ...periodOf(cells) }),
    ...severityOf([cells.SEVERITY1, cells.SEVERITY2]),
  };
}

/** The worst of the severities; none where no reaction has one. */
function severityOf(texts: readonly string[]): Pick<Allergy, 'severity'> {
  const known = texts.filter((text) => text !== '').map((text) => text.toLowerCase());
  if (known.some((text) => !(SEVERITIES as readonly string[]).includes(text))) {
    throw new RowFault(`SEVERITY1 or SEVERITY2 is not one of ${SEVERITIES.join(', ')}`);
  }
  const worst = SEVERITIES.find((severity) => known.includes(severity));
  return worst ? { severity: worst } : {};
}

const conditionOf = ({ cells }: Row<'conditions'>): Condition => ({
  name: cells.DESCRIPTION,
  ...given({ code: cells.CODE, ...periodOf(cells) }),
});

const periodOf = (cells: Readonly<Record<'START' | 'STOP', string>>) => ({
  since: optionalDay(cells.START, 'START'),
  until: optionalDay(cells.STOP, 'STOP'),
});
