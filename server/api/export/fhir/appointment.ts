import type { AppointmentParticipant, Appointment as FhirAppointment, Reference } from 'fhir/r4.js';
import type { Appointment } from '../../../../shared-schemas/appointment.ts';
import type { Exported } from '../patient-export.ts';
import { headOf } from './head.ts';
import type { References } from './references.ts';
import { endOf, instantOf } from './times.ts';
import { concepts, UNKNOWN } from './values.ts';

const STATUS = { scheduled: 'booked', completed: 'fulfilled', cancelled: 'cancelled', missed: 'noshow' } as const;

export function appointment(document: Exported<Appointment>, references: References): FhirAppointment {
  const { startsAt, durationMinutes, clinicId } = document;
  const end = endOf(startsAt, durationMinutes);
  return {
    ...headOf('Appointment', document),
    status: STATUS[document.status],
    reasonCode: concepts(document.reason),
    start: instantOf(startsAt),
    // What has a start must have an end (invariant app-2), even where nobody knows it.
    ...(end === undefined ? { _end: UNKNOWN } : { end }),
    minutesDuration: durationMinutes,
    created: instantOf(document.createdAt),
    comment: document.notes,
    participant: [
      ...participants(references.patient()),
      ...participants(references.optionalUser(document.staffUserId)),
      ...participants(clinicId === undefined ? undefined : references.clinic(clinicId, 'Location')),
    ],
  };
}

/** An appointment is made with all who take part in it; what became of it is the status of the whole. */
const participants = (actor: Reference | undefined): AppointmentParticipant[] =>
  actor === undefined ? [] : [{ actor, status: 'accepted' }];
