import type { Prescription } from '../../../../shared-schemas/prescription.ts';
import { checked, RowFault } from '../row-fault.ts';
import { commonFields, given } from './common-fields.ts';
import type { Row } from './files.ts';
import { type MapContext, type Person, patientFields } from './map-context.ts';
import { stableUlid } from './stable-id.ts';
import { IMPORT_PHARMACIST } from './staff.ts';
import { isoTime, optionalDay, pastInstant } from './times.ts';
import { authorOf, recordLink, type Visit } from './visit.ts';

/**
 * A medication row is one prescription of one drug. It counts as filled where it was dispensed at least once or the course
 * has an end, and then as dispensed when it was written, since the file has no other time; else it is pending.
 * Synthea has no dose: the strength in the drug's name belongs to the catalogue and is not made one. Throws RowFault.
 */
export function prescriptionOf(
  { key, cells }: Row<'medications'>,
  person: Person,
  visit: Visit | undefined,
  { drugs, nowMs }: MapContext,
): Prescription {
  const startMs = pastInstant(cells.START, 'START', nowMs);
  const ended = optionalDay(cells.STOP, 'STOP') !== undefined;
  const dispenses = dispensesOf(cells.DISPENSES);
  return checked('prescription', {
    _id: `${person.patientId}:prescription:${stableUlid(startMs, `medication:${key}`)}`,
    type: 'prescription',
    ...commonFields(startMs, authorOf(visit)),
    ...patientFields(person),
    patientName: person.name,
    patientBirthDate: person.birthDate,
    lines: [{ drugName: cells.DESCRIPTION, ...given({ drugId: drugs.idOf(cells.CODE), drugCode: cells.CODE }) }],
    ...(ended || dispenses > 0 ? filled(startMs, dispenses) : { status: 'pending' as const }),
    ...given({ reason: cells.REASONDESCRIPTION }),
    ...recordLink(visit),
  });
}

const filled = (atMs: number, dispenses: number) => ({
  status: 'filled' as const,
  filledBy: IMPORT_PHARMACIST,
  filledAt: isoTime(atMs),
  ...(dispenses > 0 && { dispenseNotes: `Dispensed ${dispenses} ${dispenses === 1 ? 'time' : 'times'}` }),
});

function dispensesOf(text: string): number {
  if (!/^\d*$/.test(text)) throw new RowFault('DISPENSES is not a whole number');
  return Number(text);
}
