/** Erasing a patient, for administrators: everything goes, on the server and on the devices. */
import { z } from 'zod';
import { isPatientId, parseId } from '../../shared-schemas/ids.ts';
import type { Erasure } from '../documents/erasure/erasure.ts';
import { type ApiRoute, route } from '../http/api-route.ts';
import { HttpError } from '../http/errors.ts';
import { invalidInput } from '../http/parse-input.ts';
import { PATIENT_ID_PARAM } from './patient-routes.ts';

export interface ErasureRoutesOptions {
  readonly erasure: Pick<Erasure, 'erase' | 'isKnown'>;
}

const count = (description: string) => ({ type: 'integer', minimum: 0, description });

export const erasureRoutes = ({ erasure }: ErasureRoutesOptions): ApiRoute[] => [
  route({
    method: 'post',
    path: '/patients/{id}/erasure',
    tag: 'patients',
    summary: 'Erase a patient for good',
    description:
      'Removes every document of the patient, all their versions, held writes and accounts, and tells devices. It cannot be ' +
      'taken back, and is recorded in the audit log. Sent again, it goes on where it stopped.',
    access: { roles: ['admin'] },
    params: PATIENT_ID_PARAM,
    body: {
      schema: z.strictObject({
        confirm: z.string().describe("The patient's id once more: this cannot be undone"),
        reason: z.string().trim().min(1).max(200).optional().describe('For the audit log; nothing about the patient'),
      }),
    },
    answers: {
      200: {
        description: 'What was erased',
        schema: {
          type: 'object',
          additionalProperties: false,
          properties: {
            patientId: { type: 'string' },
            documents: count('Documents, deleted ones included'),
            revisions: count('Versions in the history'),
            heldWrites: count('Held writes'),
            roleDatabases: count('Role databases that held something of the patient'),
          },
          required: ['patientId', 'documents', 'revisions', 'heldWrites', 'roleDatabases'],
        },
      },
    },
    errors: ['not_found'],
    handle: async ({ principal, params, body: { confirm, reason } }) => {
      const patientId = patientIdOf(params.id ?? '');
      if (!(await erasure.isKnown(patientId))) throw new HttpError('not_found');
      if (confirm !== patientId)
        throw invalidInput([{ path: 'confirm', message: "must be the patient's id, as in the address" }]);
      return { body: await erasure.erase({ patientId, by: principal.userId, ...(reason && { reason }) }) };
    },
  }),
];

function patientIdOf(id: string): string {
  const patientId = isPatientId(id) ? id : parseId(id)?.patientId;
  if (patientId === undefined) throw new HttpError('not_found');
  return patientId;
}
