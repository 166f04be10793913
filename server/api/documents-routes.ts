/** Routes of the document types: list, create, read, replace, patch, delete. */
import { z } from 'zod';
import { DOCUMENT_TYPES, type DocumentType } from '../../shared-schemas/document-types.ts';
import { clinicDocId, isClinicSlug, isPatientId, parseId, patientDocId } from '../../shared-schemas/ids.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import {
  type Answer,
  type ApiRoute,
  type Call,
  type DescribedAnswer,
  type JsonSchema,
  route,
} from '../http/api-route.ts';
import type { Cursors } from '../http/cursor.ts';
import { HttpError } from '../http/errors.ts';
import { describedPage, pageAnswer } from '../http/paging.ts';
import { expectedOf, requireExpected } from '../http/preconditions.ts';
import type { ApiDocument, DocumentReader } from './document-reader.ts';
import { documentRef, newDocumentRef, patchRef, replacementRef } from './document-schemas.ts';
import type { Content, DocumentWriter } from './document-writer.ts';
import { listRequest, listSchema } from './list-input.ts';
import { idempotencyKeyOf, ulidMaker } from './made-ids.ts';
import { PATHS } from './resources.ts';

export interface DocumentsRoutesOptions {
  readonly reader: DocumentReader;
  readonly writer: DocumentWriter;
  readonly cursors: Cursors;
  readonly maxDocumentBytes: number;
}

const MERGE_PATCH = 'application/merge-patch+json';
/** Room for what surrounds the largest document. */
const BODY_SLACK_BYTES = 1_024;

export const contentSchema = z.custom<Content>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be a JSON object',
);

const IF_MATCH = { 'If-Match': 'The revision that was read; another one in between is a 412' };
const IDEMPOTENCY_KEY = {
  'Idempotency-Key':
    'Any text of up to 255 characters that the client makes up: the request sent again stores nothing twice',
};
export const ETAG = { ETag: 'The revision' };

export const documentsRoutes = (options: DocumentsRoutesOptions): ApiRoute[] =>
  DOCUMENT_TYPES.flatMap((type) => [
    listRoute(type, options),
    createRoute(type, options),
    ...itemRoutes(type, options),
  ]);

/**
 * The id of a document as an address names it: a patient is named by the patient's id as well, a clinic by its slug.
 * @throws HttpError `not_found` where it is not an id of the type
 */
export function documentIdOf(type: DocumentType, id: string): string {
  const full =
    type === 'patient' && isPatientId(id)
      ? patientDocId(id)
      : type === 'clinic' && isClinicSlug(id)
        ? clinicDocId(id)
        : id;
  if (parseId(full)?.type !== type) throw new HttpError('not_found');
  return full;
}

/**
 * @throws HttpError `not_found`, also for what the principal may not know of
 */
export async function readDocument(
  reader: DocumentReader,
  principal: Principal,
  type: DocumentType,
  id = '',
): Promise<ApiDocument> {
  const document = await reader.get(principal, documentIdOf(type, id));
  if (!document) throw new HttpError('not_found');
  return document;
}

export const documentAnswer = (document: ApiDocument, status = 200): Answer => ({
  status,
  body: document,
  etag: document._rev,
});

export const describedDocument = (type: DocumentType, description: string): DescribedAnswer => ({
  description,
  schema: documentRef(type),
  headers: ETAG,
});

/** Answers a page of a list. */
export async function listAnswer(
  type: DocumentType,
  { principal, query, req }: Pick<Call<unknown, unknown>, 'principal' | 'query' | 'req'>,
  { reader, cursors }: Pick<DocumentsRoutesOptions, 'reader' | 'cursors'>,
): Promise<Answer> {
  const { query: asked, seal } = listRequest(type, query, { principal, cursors });
  const page = await reader.list(principal, asked);
  return pageAnswer(req, page, page.next && seal(page.next));
}

function listRoute(type: DocumentType, options: DocumentsRoutesOptions): ApiRoute {
  return route({
    method: 'get',
    path: `/${PATHS[type]}`,
    tag: PATHS[type],
    summary: `List ${PATHS[type]}`,
    access: { action: 'read', type },
    query: listSchema(type),
    headers: { 'If-None-Match': 'ETag of the page that the client has' },
    answers: { 200: describedPage(documentRef(type), 'A page') },
    handle: (call) => listAnswer(type, call, options),
  });
}

function createRoute(type: DocumentType, { writer, maxDocumentBytes }: DocumentsRoutesOptions): ApiRoute {
  const headers = { ...ETAG, Location: 'Its address' };
  return route({
    method: 'post',
    path: `/${PATHS[type]}`,
    tag: PATHS[type],
    summary: `Add a ${type}`,
    description:
      'With an `_id` of its own or an Idempotency-Key, the same request may be sent again: it then answers 200.',
    access: { action: 'create', type },
    headers: IDEMPOTENCY_KEY,
    body: documentBody(newDocumentRef(type), maxDocumentBytes),
    answers: {
      201: { description: 'Added', schema: documentRef(type), headers },
      200: { description: 'The same request had added it before', schema: documentRef(type), headers },
    },
    errors: ['refused', 'invalid_document', type === 'clinic' ? 'clinic_exists' : 'conflict'],
    handle: async ({ principal, body, req }) => {
      const makeUlid = ulidMaker(principal.userId, idempotencyKeyOf(req));
      const { document, replayed } = await writer.create(principal, type, body, makeUlid);
      const location = `${req.baseUrl}/${PATHS[type]}/${encodeURIComponent(document._id)}`;
      return { ...documentAnswer(document, replayed ? 200 : 201), headers: { Location: location } };
    },
  });
}

const documentBody = (described: JsonSchema, maxDocumentBytes: number, mediaTypes?: readonly string[]) => ({
  schema: contentSchema,
  described,
  limitBytes: maxDocumentBytes + BODY_SLACK_BYTES,
  ...(mediaTypes && { mediaTypes }),
});

function itemRoutes(type: DocumentType, { reader, writer, maxDocumentBytes }: DocumentsRoutesOptions): ApiRoute[] {
  const common = {
    path: `/${PATHS[type]}/{id}`,
    tag: PATHS[type],
    params: { id: ID_OF[type] ?? 'Id of the document' },
  };
  const read = (principal: Principal, id: string | undefined) => readDocument(reader, principal, type, id);
  const errors = ['not_found', 'conflict', 'precondition_failed', 'refused', 'invalid_document'] as const;
  return [
    route({
      ...common,
      method: 'get',
      summary: `Read a ${type}`,
      access: { action: 'read', type },
      headers: { 'If-None-Match': 'The revision that the client has' },
      answers: { 200: describedDocument(type, 'The document, as far as the role sees it') },
      errors: ['not_found'],
      handle: async ({ principal, params }) => documentAnswer(await read(principal, params.id)),
    }),
    route({
      ...common,
      method: 'put',
      summary: `Replace a ${type}`,
      access: { action: 'update', type },
      headers: IF_MATCH,
      body: documentBody(replacementRef(type), maxDocumentBytes),
      answers: { 200: describedDocument(type, 'As it is now') },
      errors,
      handle: async ({ principal, params, body: { _rev, ...content }, req }) => {
        const stored = await read(principal, params.id);
        const expected = expectedOf(req, _rev);
        requireExpected(expected);
        return documentAnswer(await writer.replace(principal, stored, content, expected));
      },
    }),
    route({
      ...common,
      method: 'patch',
      summary: `Change fields of a ${type}`,
      access: { action: 'update', type },
      headers: IF_MATCH,
      body: documentBody(patchRef(type), maxDocumentBytes, [MERGE_PATCH, 'application/json']),
      answers: { 200: describedDocument(type, 'As it is now') },
      errors,
      handle: async ({ principal, params, body: { _rev, ...patch }, req }) => {
        const stored = await read(principal, params.id);
        return documentAnswer(await writer.patch(principal, stored, patch, expectedOf(req, _rev)));
      },
    }),
    route({
      ...common,
      method: 'delete',
      summary: `Delete a ${type}`,
      description: 'Its versions stay in the history.',
      access: { action: 'delete', type },
      headers: IF_MATCH,
      answers: { 204: { description: 'Deleted' } },
      errors: ['not_found', 'conflict', 'precondition_failed', 'refused'],
      handle: async ({ principal, params, req }) => {
        await writer.remove(principal, await read(principal, params.id), expectedOf(req));
        return { status: 204 };
      },
    }),
  ];
}

const ID_OF: Readonly<Partial<Record<DocumentType, string>>> = {
  patient: "The patient's id, or the id of the document",
  clinic: 'The slug, or the id of the document',
};
