/** Documents whose patient did not come, for administrators: which they are, never what they say. */
import { z } from 'zod';
import { staffNames } from '../../api/staff-names.ts';
import type { WaitingDocument, WaitingDocuments } from '../../documents/waiting-documents.ts';
import { type ApiRoute, type JsonSchema, route } from '../../http/api-route.ts';
import { describedPage, pageFields } from '../../http/paging.ts';
import type { Database } from '../../store/store.ts';
import { overdueSince } from '../monitoring/health-waiting.ts';

export interface WaitingDocumentsRoutesOptions {
  readonly primary: Pick<Database, 'winners'>;
  readonly waiting: Pick<WaitingDocuments, 'page'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** One row of the list. */
export interface WaitingDocumentItem extends WaitingDocument {
  /** Of the author, from the staff directory. */
  readonly userName?: string;
}

/** The time of arrival, and the id of a document of a patient. */
const CURSOR = /^\d{4}-\d{2}-\d{2}T[\d:.]{12}Z:p[0-9a-z]{26}:[a-z]+:[0-9a-z]{26}$/;

const text = (description: string): JsonSchema => ({ type: 'string', description });

const itemSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    documentId: text('The document'),
    type: text('Its type'),
    patientId: text('The patient that has not come'),
    clinicIds: { type: 'array', items: { type: 'string' }, description: 'Where it is: the clinic of its author' },
    userId: text('User id of its author'),
    userName: text('Name of its author, from the staff directory'),
    deviceId: text('The device that it was written on'),
    arrivedAt: { type: 'string', format: 'date-time', description: 'When it came, by the clock of the server' },
  },
  required: ['documentId', 'type', 'patientId', 'clinicIds', 'arrivedAt'],
};

export const waitingDocumentsRoutes = ({ primary, waiting, nowMs }: WaitingDocumentsRoutesOptions): ApiRoute[] => [
  route({
    method: 'get',
    path: '/admin/waiting-documents',
    tag: 'replication',
    summary: 'List documents whose patient has not come within 30 days',
    description:
      'A tablet may send a document before its patient. Until the patient comes, only the clinic of its author sees it.',
    access: { roles: ['admin'] },
    query: z.strictObject({
      ...pageFields,
      cursor: z
        .string()
        .regex(CURSOR, 'is not one of this list')
        .optional()
        .describe('`nextCursor` of the page before'),
      order: z.enum(['newest', 'oldest']).default('oldest').describe('Which come first'),
    }),
    answers: { 200: describedPage(itemSchema, 'A page') },
    handle: async ({ query }) => {
      const { items, ...rest } = await waiting.page({ ...query, arrivedBefore: overdueSince(nowMs()) });
      const names = await staffNames(
        primary,
        items.map(({ userId }) => userId),
      );
      return { body: { items: items.map((item) => named(item, names)), ...rest } };
    },
  }),
];

function named(item: WaitingDocument, names: ReadonlyMap<string, string>): WaitingDocumentItem {
  const userName = names.get(item.userId ?? '');
  return { ...item, ...(userName !== undefined && { userName }) };
}
