import type { Vaccine } from '../../../../shared-schemas/vaccine.ts';
import { checked } from '../row-fault.ts';
import { commonFields, given } from './common-fields.ts';
import type { Row } from './files.ts';
import { type MapContext, type Person, patientFields } from './map-context.ts';
import { stableUlid } from './stable-id.ts';
import { isoTime, pastInstant } from './times.ts';
import { authorOf, recordLink, type Visit } from './visit.ts';

/** Throws RowFault. */
export function vaccineOf(
  { key, cells }: Row<'immunizations'>,
  person: Person,
  visit: Visit | undefined,
  { nowMs }: MapContext,
): Vaccine {
  const atMs = pastInstant(cells.DATE, 'DATE', nowMs);
  return checked('vaccine', {
    _id: `${person.patientId}:vaccine:${stableUlid(atMs, `immunization:${key}`)}`,
    type: 'vaccine',
    ...commonFields(atMs, authorOf(visit)),
    ...patientFields(person),
    name: cells.DESCRIPTION,
    ...given({ code: cells.CODE }),
    administeredAt: isoTime(atMs),
    ...recordLink(visit),
  });
}
