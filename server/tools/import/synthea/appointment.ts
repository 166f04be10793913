import type { Appointment } from '../../../../shared-schemas/appointment.ts';
import { checked } from '../row-fault.ts';
import { commonFields, given } from './common-fields.ts';
import { type MapContext, type Person, patientFields } from './map-context.ts';
import { stableUlid } from './stable-id.ts';
import { isoTime } from './times.ts';
import { authorOf, type Visit, type Visits } from './visit.ts';

const DURATION_MINUTES = 30;
/** A visit this near to the appointed time is taken for the visit that was appointed. */
const KEPT_WITHIN_MS = 30 * 24 * 3_600_000;

/**
 * Synthea has no appointments. One is derived for a patient's last wellness visit: the next one, a year later, made in that
 * visit. What became of it is judged against the data set's newest visit and not against the clock, so that every run
 * derives the same. Undefined where there was no wellness visit.
 */
export function followUpOf(person: Person, visits: Visits, { presentMs }: MapContext): Appointment | undefined {
  const last = [...visits.values()].filter(({ isWellness }) => isWellness).reduce(later, undefined);
  if (!last) return undefined;
  const startsAtMs = oneYearAfter(last.startMs);
  return checked('appointment', {
    _id: `${person.patientId}:appointment:${stableUlid(last.startMs, `appointment:${last.encounterId}`)}`,
    type: 'appointment',
    ...commonFields(last.startMs, authorOf(last)),
    ...patientFields(person),
    startsAt: isoTime(startsAtMs),
    durationMinutes: DURATION_MINUTES,
    clinicId: last.clinicSlug,
    ...given({ staffUserId: last.staffUserId }),
    reason: 'Yearly wellness visit',
    status: statusOf(person, visits, last, startsAtMs, presentMs),
  });
}

const later = (a: Visit | undefined, b: Visit): Visit => (a && a.startMs >= b.startMs ? a : b);

function statusOf(
  { deathDate }: Person,
  visits: Visits,
  last: Visit,
  startsAtMs: number,
  presentMs: number,
): Appointment['status'] {
  if (deathDate !== undefined && Date.parse(deathDate) < startsAtMs) return 'cancelled';
  if (startsAtMs > presentMs) return 'scheduled';
  const kept = [...visits.values()].some(
    (visit) => visit !== last && Math.abs(visit.startMs - startsAtMs) <= KEPT_WITHIN_MS,
  );
  return kept ? 'completed' : 'missed';
}

/** The same day and time of the next year; 1 March after 29 February. */
function oneYearAfter(ms: number): number {
  const date = new Date(ms);
  return date.setUTCFullYear(date.getUTCFullYear() + 1);
}
