import type { Procedure } from '../../../../shared-schemas/procedure.ts';
import { checked, RowFault } from '../row-fault.ts';
import { commonFields, given } from './common-fields.ts';
import type { Row } from './files.ts';
import { type MapContext, type Person, patientFields } from './map-context.ts';
import { stableUlid } from './stable-id.ts';
import { isoTime, pastInstant } from './times.ts';
import { authorOf, recordLink, type Visit } from './visit.ts';

/** Synthea lists procedures that took place: each is performed by the provider of its encounter. Throws RowFault. */
export function procedureOf(
  { key, cells }: Row<'procedures'>,
  person: Person,
  visit: Visit | undefined,
  { nowMs }: MapContext,
): Procedure {
  const startMs = pastInstant(cells.START, 'START', nowMs);
  const endMs = cells.STOP === '' ? startMs : pastInstant(cells.STOP, 'STOP', nowMs);
  if (endMs < startMs) throw new RowFault('STOP is before START');
  return checked('procedure', {
    _id: `${person.patientId}:procedure:${stableUlid(startMs, `procedure:${key}`)}`,
    type: 'procedure',
    ...commonFields(startMs, authorOf(visit), endMs),
    ...patientFields(person),
    name: cells.DESCRIPTION,
    ...given({ code: cells.CODE, description: cells.REASONDESCRIPTION && `Reason: ${cells.REASONDESCRIPTION}` }),
    status: 'performed',
    performedBy: authorOf(visit),
    performedAt: isoTime(endMs),
    ...recordLink(visit),
  });
}
