import type { Condition, Encounter } from 'fhir/r4.js';
import type { MedicalRecord } from '../../../../shared-schemas/record.ts';
import type { Exported } from '../patient-export.ts';
import { diagnosisConcept } from './condition.ts';
import { referenceTo } from './full-url.ts';
import { headOf, identifierOf } from './head.ts';
import { type References, VISIT_LINK_FIELDS } from './references.ts';
import { extension } from './systems.ts';
import { instantOf } from './times.ts';

/**
 * A visit. Its diagnosis may be no more than its reason, so it is both. When it ended is not known; that what took place is
 * finished is.
 */
export function encounter(record: Exported<MedicalRecord>, diagnosis: Condition, references: References): Encounter {
  const { visitedAt, appointmentId } = record;
  return {
    ...headOf('Encounter', record),
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB', display: 'ambulatory' },
    subject: references.patient(),
    period: visitedAt === undefined ? undefined : { start: instantOf(visitedAt) },
    reasonCode: [diagnosisConcept(record)],
    diagnosis: [{ condition: referenceTo(diagnosis) }],
    appointment: appointmentId === undefined ? [] : [references.appointment(appointmentId)],
    extension: links(record, references),
  };
}

/**
 * In FHIR what was done in a visit names the visit. A link is an extension only where its target does not: it is not in
 * the export, or belongs to another visit.
 */
function links(record: Exported<MedicalRecord>, references: References) {
  return VISIT_LINK_FIELDS.flatMap((field) => {
    const target = record[field];
    if (target === undefined || references.isToldByTarget(record, field)) return [];
    return extension(field.replace(/Id$/, ''), 'valueReference', { identifier: identifierOf(target) });
  });
}
