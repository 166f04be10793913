/** What belongs to a patient: the lists, the timeline, the export, and the erasure. */
import { z } from 'zod';
import { PATIENT_BOUND_TYPES } from '../../shared-schemas/document-types.ts';
import { parseId } from '../../shared-schemas/ids.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import type { SyncRules } from '../../sync-rules/sync-rules.ts';
import { type ApiRoute, route } from '../http/api-route.ts';
import { cursorScope, describedPage, pageAnswer, pageFields } from '../http/paging.ts';
import { documentRef } from './document-schemas.ts';
import { type DocumentsRoutesOptions, documentIdOf, listAnswer, readDocument } from './documents-routes.ts';
import { listSchema } from './list-input.ts';
import { PATHS } from './resources.ts';

export const PATIENT_ID_PARAM = { id: "The patient's id, or the id of the patient document" };

export interface PatientRoutesOptions extends DocumentsRoutesOptions {
  readonly rules: Pick<SyncRules, 'mayEver'>;
}

export const patientRoutes = (options: PatientRoutesOptions): ApiRoute[] => [
  ...PATIENT_BOUND_TYPES.filter((type) => type !== 'patient').map((type) => {
    const { patientId: _, ...shape } = listSchema(type).shape;
    return route({
      method: 'get',
      path: `/patients/{id}/${PATHS[type]}`,
      tag: 'patients',
      summary: `List the ${PATHS[type]} of a patient`,
      access: { action: 'read', type },
      params: PATIENT_ID_PARAM,
      query: z.strictObject(shape),
      headers: { 'If-None-Match': 'ETag of the page that the client has' },
      answers: { 200: describedPage(documentRef(type), 'A page') },
      errors: ['not_found'],
      handle: async ({ principal, params, query, req }) => {
        const patientId = await patientIdOf(options, principal, params.id ?? '');
        return listAnswer(type, { principal, query: { ...(query as object), patientId }, req }, options);
      },
    });
  }),
  timelineRoute(options),
];

/**
 * Who reads patients must see this one. A pharmacist reads none, and lists what there is of a patient all the same.
 * @throws HttpError `not_found`
 */
async function patientIdOf({ reader, rules }: PatientRoutesOptions, principal: Principal, id: string): Promise<string> {
  if (rules.mayEver(principal, 'read', 'patient')) {
    const { patientId } = await readDocument(reader, principal, 'patient', id);
    return String(patientId);
  }
  return String(parseId(documentIdOf('patient', id))?.patientId);
}

function timelineRoute({ reader, cursors }: DocumentsRoutesOptions): ApiRoute {
  return route({
    method: 'get',
    path: '/patients/{id}/timeline',
    tag: 'patients',
    summary: 'List everything about a patient, the newest first',
    access: { action: 'read', type: 'patient' },
    params: PATIENT_ID_PARAM,
    query: z.strictObject(pageFields),
    headers: { 'If-None-Match': 'ETag of the page that the client has' },
    answers: {
      200: describedPage({ anyOf: PATIENT_BOUND_TYPES.map(documentRef) }, 'A page; `type` tells what each is'),
    },
    errors: ['not_found'],
    handle: async ({ principal, params, query: { limit, cursor }, req }) => {
      const { patientId } = await readDocument(reader, principal, 'patient', params.id);
      const scope = cursorScope(principal, 'timeline', patientId);
      const page = await reader.timeline(principal, {
        timelineOf: String(patientId),
        limit,
        ...(cursor !== undefined && { after: cursors.open(cursor, scope) }),
      });
      return pageAnswer(req, page, page.next && cursors.seal(page.next, scope));
    },
  });
}
