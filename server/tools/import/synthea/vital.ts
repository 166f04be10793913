import type { Vital } from '../../../../shared-schemas/vital.ts';
import { attempt, checked, RowFault } from '../row-fault.ts';
import { commonFields } from './common-fields.ts';
import { csvName, type Row } from './files.ts';
import { type MapContext, type Person, patientFields } from './map-context.ts';
import { stableUlid } from './stable-id.ts';
import { isoTime, pastInstant } from './times.ts';
import { authorOf, noteMissingVisit, recordLink, type Visit, type Visits } from './visit.ts';
import { VITAL_SIGNS, type VitalSign } from './vital-signs.ts';

const SECOND_VALUE = 'a second, different value of one vital sign at one time';

/**
 * Observations of one encounter and time are merged into one vital: the first row that holds makes the document, the others
 * are merged into it. A value that cannot be is the error of its row alone.
 */
export function vitalsOf(
  rows: readonly Row<'observations'>[],
  person: Person,
  visits: Visits,
  context: MapContext,
): Vital[] {
  const account = context.ledger.account(csvName('observations'));
  const vitals = new Map<string, Vital>();
  for (const row of rows) {
    const { DATE, ENCOUNTER, CODE } = row.cells;
    const sign = VITAL_SIGNS.get(CODE);
    if (!sign) continue; // Has its outcome in the account since it was read.
    const group = `${ENCOUNTER} ${DATE}`;
    const visit = visits.get(ENCOUNTER);
    const before = vitals.get(group);
    const after = attempt(account, row, () =>
      withSign(before ?? emptyVital(row, person, visit, context), sign, measuredValue(row, sign)),
    );
    if (!after) continue;
    if (before && before[sign.field] !== undefined && before[sign.field] !== after[sign.field]) {
      account.skip(SECOND_VALUE);
      continue;
    }
    if (before) account.merged += 1;
    else {
      account.documents += 1;
      noteMissingVisit(account, ENCOUNTER, visit);
    }
    vitals.set(group, after);
  }
  return [...vitals.values()];
}

function emptyVital(
  { cells }: Row<'observations'>,
  person: Person,
  visit: Visit | undefined,
  { nowMs }: MapContext,
): Vital {
  const atMs = pastInstant(cells.DATE, 'DATE', nowMs);
  return {
    _id: `${person.patientId}:vital:${stableUlid(atMs, `vital:${cells.PATIENT}:${cells.ENCOUNTER}:${cells.DATE}`)}`,
    type: 'vital',
    ...commonFields(atMs, authorOf(visit)),
    ...patientFields(person),
    measuredAt: isoTime(atMs),
    ...recordLink(visit),
  };
}

const withSign = (vital: Vital, { field }: VitalSign, value: number): Vital =>
  checked('vital', { ...vital, [field]: value });

function measuredValue({ cells }: Row<'observations'>, { units }: VitalSign): number {
  if (!/^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(cells.VALUE)) throw new RowFault('VALUE is not a number');
  const convert = Object.hasOwn(units, cells.UNITS) ? units[cells.UNITS] : undefined;
  if (!convert) throw new RowFault(`UNITS is not one of ${Object.keys(units).join(', ')}`);
  return convert(Number(cells.VALUE));
}
