/**
 * A procedure document is an order and what became of it; in FHIR these are two resources. So each has a ServiceRequest with
 * what was ordered, and one that is no longer planned a Procedure with what was done, or that it was not.
 */
import type { Extension, Procedure as FhirProcedure, ServiceRequest } from 'fhir/r4.js';
import type { Procedure } from '../../../../shared-schemas/procedure.ts';
import type { Exported } from '../patient-export.ts';
import { codingsOf } from './codings.ts';
import { referenceTo } from './full-url.ts';
import { headOf } from './head.ts';
import type { References } from './references.ts';
import { extension } from './systems.ts';
import { instantOf, optionalInstant } from './times.ts';
import { concept, notes } from './values.ts';

const REQUEST_STATUS = { planned: 'active', performed: 'completed', cancelled: 'revoked' } as const;

export const serviceRequest = (procedure: Exported<Procedure>, references: References): ServiceRequest => ({
  ...headOf('ServiceRequest', procedure),
  status: REQUEST_STATUS[procedure.status],
  intent: 'order',
  code: codeOf(procedure),
  subject: references.patient(),
  encounter: references.encounterOf(procedure),
  occurrenceDateTime: optionalInstant(procedure.scheduledFor),
  authoredOn: instantOf(procedure.createdAt),
  requester: references.user(procedure.createdBy),
  note: notes(procedure.description),
  extension: undonePerformance(procedure, references),
});

export function procedures(procedure: Exported<Procedure>, references: References): FhirProcedure[] {
  const { status, performedBy } = procedure;
  if (status === 'planned') return [];
  return [
    {
      ...headOf('Procedure', procedure),
      basedOn: [referenceTo(headOf('ServiceRequest', procedure))],
      status: status === 'performed' ? 'completed' : 'not-done',
      code: codeOf(procedure),
      subject: references.patient(),
      encounter: references.encounterOf(procedure),
      performedDateTime: optionalInstant(procedure.performedAt),
      performer: performedBy === undefined ? [] : [{ actor: references.user(performedBy) }],
      note: notes(procedure.performNotes),
    },
  ];
}

const codeOf = ({ name, code }: Procedure) => concept(name, codingsOf(code, 'snomed', 'cpt'));

/** A procedure that was set back to planned may keep these; there is no Procedure to hold them. */
function undonePerformance(procedure: Procedure, references: References): Extension[] {
  if (procedure.status !== 'planned') return [];
  return [
    ...extension('performed-by', 'valueReference', references.optionalUser(procedure.performedBy)),
    ...extension('performed-at', 'valueDateTime', optionalInstant(procedure.performedAt)),
    ...extension('perform-notes', 'valueString', procedure.performNotes),
  ];
}
