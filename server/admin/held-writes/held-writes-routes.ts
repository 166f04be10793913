/** Held writes, for administrators: what was refused, why, and what becomes of it. */
import { z } from 'zod';
import { isClinicSlug, isPatientId } from '../../../shared-schemas/ids.ts';
import { REFUSALS } from '../../../sync-rules/refusal.ts';
import { contentSchema } from '../../api/documents-routes.ts';
import { staffNames } from '../../api/staff-names.ts';
import type { HeldWrites } from '../../documents/held-writes.ts';
import { type ApiRoute, route } from '../../http/api-route.ts';
import { HttpError } from '../../http/errors.ts';
import { describedPage, pageFields } from '../../http/paging.ts';
import { expectedOf } from '../../http/preconditions.ts';
import type { Database } from '../../store/store.ts';
import type { OpenHeldWrites } from '../monitoring/health-held-writes.ts';
import { HeldWriteReview, type HeldWriteReviewOptions, type Reviewed } from './held-write-review.ts';
import { countsSchema, detailSchema, exactly, listOf, summarySchema, text } from './held-write-schemas.ts';
import { detailOf, itemOf, namedIn, namedInDetail, type ResultOfMany } from './held-write-views.ts';
import { summaryOf } from './held-writes-summary.ts';

export interface HeldWritesRoutesOptions extends HeldWriteReviewOptions {
  readonly primary: Pick<Database, 'leaves' | 'winners'>;
  readonly held: HeldWrites;
  readonly openHeldWrites: Pick<OpenHeldWrites, 'total' | 'byCode'>;
  readonly maxDocumentBytes: number;
}

const STATES = ['open', 'accepted', 'rejected', 'all'] as const;
const CODES = [...Object.keys(REFUSALS), 'merge_dropped'];
const MAX_AT_ONCE = 500;
/** Room for ids and the note. */
const MANY_BODY_BYTES = 128 * 1_024;
const CURSOR = /^\d{4}-\d{2}-\d{2}T[\d:.]{12}Z:[0-9a-f]{64}$/;
const ENTRY_ID = /^[0-9a-f]{64}$/;

const note = z.string().trim().min(1).max(500).describe('In your words; goes when the patient is erased');
const common = { tag: 'replication', access: { roles: ['admin'] } } as const;
const item = { ...common, params: { id: 'Id of the entry' } };
const entryAnswer = (description: string) => ({ 200: { description, schema: detailSchema } });

export function heldWritesRoutes(options: HeldWritesRoutesOptions): ApiRoute[] {
  const review = new HeldWriteReview(options);
  const answer: AnswerDetail = async (reviewed) => ({
    body: detailOf(reviewed, await staffNames(options.primary, namedInDetail(reviewed))),
  });
  return [
    listRoute(options),
    // Before the route of one entry, whose id it would be taken for.
    summaryRoute(options),
    readRoute(review, answer),
    acceptRoute(review, answer, options),
    rejectRoute(review, answer),
    manyRoute(review),
  ];
}

type AnswerDetail = (reviewed: Reviewed) => Promise<{ readonly body: unknown }>;

const listRoute = ({ held, primary }: HeldWritesRoutesOptions): ApiRoute =>
  route({
    ...common,
    method: 'get',
    path: '/admin/held-writes',
    summary: 'List held writes in the order of time',
    description: 'A page may be short, or empty, where few entries match: `nextCursor` tells whether there is more.',
    query: z.strictObject({
      ...pageFields,
      cursor: z
        .string()
        .regex(CURSOR, 'is not one of this list')
        .optional()
        .describe('`nextCursor` of the page before'),
      order: z.enum(['newest', 'oldest']).default('newest').describe('Which come first'),
      state: z.enum(STATES).default('open').describe('What was decided'),
      code: z.enum(CODES).optional().describe('Refused for this reason'),
      userId: z.string().min(1).max(64).optional().describe('Of this author'),
      patientId: z.string().refine(isPatientId, 'must be the id of a patient').optional().describe('Of this patient'),
      clinic: z.string().refine(isClinicSlug, 'must be the slug of a clinic').optional().describe('Of this clinic'),
    }),
    answers: { 200: describedPage(summarySchema, 'A page') },
    handle: async ({ query: { cursor, ...wanted } }) => {
      const { items, ...rest } = await held.page({ ...wanted, before: cursor });
      const names = await staffNames(primary, namedIn(items));
      return { body: { items: items.map((item) => itemOf(item, names)), ...rest } };
    },
  });

const summaryRoute = ({ openHeldWrites }: HeldWritesRoutesOptions): ApiRoute =>
  route({
    ...common,
    method: 'get',
    path: '/admin/held-writes/summary',
    summary: 'Count the held writes that are open',
    description: 'Told from memory; what another server did is counted a moment later.',
    answers: { 200: { description: 'How many are open, and for which reasons', schema: countsSchema } },
    handle: async () => ({ body: summaryOf(openHeldWrites) }),
  });

const readRoute = (review: HeldWriteReview, answer: AnswerDetail): ApiRoute =>
  route({
    ...item,
    method: 'get',
    path: '/admin/held-writes/{id}',
    summary: 'Read a held write beside what is stored',
    answers: entryAnswer('The entry, what it grew from, what is stored now, and the three compared'),
    errors: ['not_found'],
    handle: async ({ params }) => answer(await review.read(params.id ?? '')),
  });

const acceptRoute = (
  review: HeldWriteReview,
  answer: AnswerDetail,
  { maxDocumentBytes }: HeldWritesRoutesOptions,
): ApiRoute =>
  route({
    ...item,
    method: 'post',
    path: '/admin/held-writes/{id}/accept',
    summary: 'Accept a held write',
    description:
      'What the author changed is written to the document as it is now, by you, under the usual rules. Where somebody else ' +
      'changed the same fields since, the answer is 409 with these `fields`, unless If-Match names the present revision. ' +
      'What came without an id, or with one that no document has, can only be rejected.',
    headers: { 'If-Match': 'The present revision of the document: who names it has seen what is written over' },
    body: {
      schema: z.strictObject({
        fields: z.array(z.string().min(1).max(100)).max(200).optional().describe('Only these fields; all where absent'),
        values: contentSchema.optional().describe('Instead of what was held, or beside it; null removes a field'),
        note: note.optional(),
      }),
      described: acceptBody,
      optional: true,
      limitBytes: maxDocumentBytes + MANY_BODY_BYTES,
    },
    answers: entryAnswer('Accepted'),
    errors: ['not_found', 'wrong_state', 'conflict', 'precondition_failed', 'invalid_document', 'refused'],
    handle: async ({ principal, params, body, req }) => {
      const { ifMatch } = expectedOf(req);
      return answer(await review.accept(principal, params.id ?? '', { ...body, ifMatch }));
    },
  });

const acceptBody = exactly(
  {
    fields: listOf({ type: 'string' }, 'Only these of the fields that the author changed; all where absent'),
    values: { type: 'object', description: 'Instead of what was held, or beside it; null removes a field' },
    note: { type: 'string', minLength: 1, maxLength: 500 },
  },
  ['fields', 'values', 'note'],
);

const rejectRoute = (review: HeldWriteReview, answer: AnswerDetail): ApiRoute =>
  route({
    ...item,
    method: 'post',
    path: '/admin/held-writes/{id}/reject',
    summary: 'Reject a held write',
    description: 'Nothing is written to the document, and the entry stays, with the note.',
    body: { schema: z.strictObject({ note }) },
    answers: entryAnswer('Rejected'),
    errors: ['not_found', 'wrong_state'],
    handle: async ({ principal, params, body }) => answer(await review.reject(principal, params.id ?? '', body.note)),
  });

const manyRoute = (review: HeldWriteReview): ApiRoute =>
  route({
    ...common,
    method: 'post',
    path: '/admin/held-writes/decide',
    summary: 'Reject many held writes at once',
    description: 'Each by itself, in the order asked. Accepting is for one at a time: somebody has to look at it.',
    body: {
      schema: z.strictObject({
        ids: z.array(z.string().regex(ENTRY_ID, 'is not the id of an entry')).min(1).max(MAX_AT_ONCE),
        decision: z.literal('reject'),
        note,
      }),
      limitBytes: MANY_BODY_BYTES,
    },
    answers: {
      200: {
        description: 'What became of each',
        schema: exactly({
          items: listOf(
            exactly({
              id: text('Id of the entry'),
              result: { type: 'string', enum: ['rejected', 'decided_before', 'not_found'] },
            }),
            'In the order asked',
          ),
        }),
      },
    },
    handle: async ({ principal, body }) => {
      const items: ResultOfMany['items'][number][] = [];
      for (const id of body.ids) items.push({ id, result: await rejectOne(review, principal, id, body.note) });
      return { body: { items } satisfies ResultOfMany };
    },
  });

async function rejectOne(
  review: HeldWriteReview,
  ...args: Parameters<HeldWriteReview['reject']>
): Promise<ResultOfMany['items'][number]['result']> {
  try {
    await review.reject(...args);
    return 'rejected';
  } catch (error) {
    if (error instanceof HttpError && error.code === 'wrong_state') return 'decided_before';
    if (error instanceof HttpError && error.code === 'not_found') return 'not_found';
    throw error;
  }
}
