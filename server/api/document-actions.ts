/** What is done to a document in one word: a prescription is filled or un-filled, a procedure is performed. */
import { z } from 'zod';
import type { DocumentType } from '../../shared-schemas/document-types.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import { type ApiRoute, route } from '../http/api-route.ts';
import { HttpError } from '../http/errors.ts';
import { expectedOf, isConditional } from '../http/preconditions.ts';
import { type DocumentsRoutesOptions, describedDocument, documentAnswer, readDocument } from './documents-routes.ts';
import { PATHS } from './resources.ts';

interface DocumentAction {
  readonly type: DocumentType;
  readonly name: string;
  readonly summary: string;
  readonly from: string;
  readonly to: string;
  /** Names who did it; only who may set it may do it. */
  readonly by: string;
  readonly at: string;
  /** A note that the request may carry. */
  readonly notes?: string;
}

const ACTIONS: readonly DocumentAction[] = [
  {
    type: 'prescription',
    name: 'fill',
    summary: 'Mark a prescription as filled',
    from: 'pending',
    to: 'filled',
    by: 'filledBy',
    at: 'filledAt',
    notes: 'dispenseNotes',
  },
  {
    type: 'prescription',
    name: 'unfill',
    summary: 'Take back that a prescription was filled',
    from: 'filled',
    to: 'pending',
    by: 'filledBy',
    at: 'filledAt',
    notes: 'dispenseNotes',
  },
  {
    type: 'procedure',
    name: 'perform',
    summary: 'Mark a procedure as performed',
    from: 'planned',
    to: 'performed',
    by: 'performedBy',
    at: 'performedAt',
    notes: 'performNotes',
  },
];

export const actionRoutes = (options: DocumentsRoutesOptions & { readonly nowMs: () => number }): ApiRoute[] =>
  ACTIONS.map((action) => actionRoute(action, options));

const noteSchema = z.string().min(1).max(5_000).optional();

function actionRoute(
  action: DocumentAction,
  { reader, writer, nowMs }: DocumentsRoutesOptions & { readonly nowMs: () => number },
): ApiRoute {
  const { type, name, summary, from, to, by, notes } = action;
  return route({
    method: 'post',
    path: `/${PATHS[type]}/{id}/${name}`,
    tag: PATHS[type],
    summary,
    description: `From ${from} to ${to}. Who has done it already may send it again.`,
    access: { action: 'update', type, field: by },
    params: { id: 'Id of the document' },
    headers: { 'If-Match': 'The revision that was read; another one in between is a 412' },
    body: { schema: z.strictObject({ ...(notes && { [notes]: noteSchema }) }), optional: true },
    answers: { 200: describedDocument(type, 'As it is now') },
    errors: ['not_found', 'wrong_state', 'conflict', 'precondition_failed', 'refused', 'invalid_document'],
    handle: async ({ principal, params, body, req }) => {
      const stored = await readDocument(reader, principal, type, params.id);
      const isMine = to === 'pending' || stored[by] === principal.userId;
      if (stored.status === to && isMine) return documentAnswer(stored);
      if (stored.status !== from)
        throw new HttpError('wrong_state', { detail: `Its status is ${String(stored.status)}, not ${from}.` });
      const expected = expectedOf(req);
      // Bound to what was looked at: nobody else's filling in between is taken over.
      const bound = isConditional(expected) ? expected : { rev: stored._rev };
      const patch = { status: to, ...done(action, principal, nowMs()), ...(body as Record<string, unknown>) };
      return documentAnswer(await writer.patch(principal, stored, patch, bound));
    },
  });
}

/** What goes with the new status; un-done, it goes away. */
function done({ to, by, at }: DocumentAction, { userId }: Principal, nowMs: number): Record<string, unknown> {
  return to === 'pending' ? { [by]: null, [at]: null } : { [by]: userId, [at]: new Date(nowMs).toISOString() };
}
