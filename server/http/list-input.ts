/** What a client may ask of a list, and a page of one as an answer. */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import { type DocumentType, isReferenceType } from '../../shared-schemas/document-types.ts';
import { isClinicSlug, isPatientId } from '../../shared-schemas/ids.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import type { Page } from '../api/document-reader.ts';
import { LIST_FIELDS } from '../api/lists/list-fields.ts';
import type { ListQuery } from '../api/lists/list-query.ts';
import { valuesOf } from '../api/resources.ts';
import type { Answer, DescribedAnswer, JsonSchema } from './api-route.ts';
import type { Cursors } from './cursor.ts';
import { invalidInput } from './parse-input.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

export const pageFields = {
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT).describe('How many at most'),
  cursor: z.string().min(1).max(2_000).optional().describe('`nextCursor` of the page before'),
};

const time = (what: string) =>
  z
    .union([z.iso.date(), z.iso.datetime()], 'must be a day (2026-03-01) or an instant in UTC (2026-03-01T09:30:00Z)')
    .optional()
    .describe(what);

/** The query of a list of `type`; every parameter that it does not have is a fault. */
export function listSchema(type: DocumentType) {
  const { sorts, search, defaultSort, facets } = LIST_FIELDS[type];
  const names = Object.keys(sorts).flatMap((name) => [name, `-${name}`]);
  const usual = `${sorts[defaultSort]?.descending ? '-' : ''}${defaultSort}`;
  return z.strictObject({
    ...pageFields,
    sort: z.enum(names).default(usual).describe('What it is sorted by; with - in front from the greatest down'),
    from: time('Not before this; of the time that the list is sorted by'),
    to: time('Before this; of the time that the list is sorted by'),
    ...(!isReferenceType(type) && {
      patientId: z.string().refine(isPatientId, 'must be the id of a patient').optional().describe('Of this patient'),
    }),
    ...(facets.includes('author') && {
      author: z.string().min(1).max(64).optional().describe('User id of the author'),
    }),
    ...(facets.includes('clinic') && {
      clinic: z.string().refine(isClinicSlug, 'must be the slug of a clinic').optional().describe('Slug of a clinic'),
    }),
    ...(facets.includes('status') && {
      status: z
        .enum(valuesOf(type, 'status') ?? [])
        .optional()
        .describe('In this status'),
    }),
    ...(search && {
      q: z
        .string()
        .trim()
        .min(1)
        .max(200)
        .optional()
        .describe('Parts of words, whatever their accents; all must be there'),
    }),
  });
}

interface ListParameters {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly sort: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly patientId?: string | undefined;
  readonly author?: string | undefined;
  readonly clinic?: string | undefined;
  readonly status?: string | undefined;
  readonly q?: string | undefined;
}

export interface Paging {
  readonly principal: Principal;
  readonly cursors: Cursors;
}

/** A cursor is of one person and one list: whatever is asked apart from how much. */
export const cursorScope = ({ userId, clinicId }: Principal, ...asked: unknown[]): string =>
  JSON.stringify([userId, clinicId, ...asked]);

export interface ListRequest {
  readonly query: ListQuery;
  /** The cursor of a position in this list. */
  readonly seal: (position: string) => string;
}

/**
 * What the index is asked, from parameters that fit listSchema.
 * @throws HttpError `invalid_input`
 */
export function listRequest(type: DocumentType, parameters: unknown, { principal, cursors }: Paging): ListRequest {
  const { limit, cursor, sort, q, ...rest } = parameters as ListParameters;
  const filters = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const descending = sort.startsWith('-');
  const name = descending ? sort.slice(1) : sort;
  const ranged = ['from', 'to'].filter((key) => key in filters);
  if (ranged.length > 0 && (LIST_FIELDS[type].sorts[name]?.kind !== 'time' || q !== undefined))
    throw invalidInput(ranged.map((path) => ({ path, message: 'needs a list that is sorted by a time, without q' })));
  if (q !== undefined && name !== LIST_FIELDS[type].defaultSort)
    throw invalidInput([{ path: 'sort', message: `must be ${LIST_FIELDS[type].defaultSort} where q is given` }]);
  const scope = cursorScope(principal, type, sort, q, filters);
  const query = {
    type,
    limit,
    sort: name,
    descending,
    ...filters,
    ...(q !== undefined && { search: q }),
    ...(cursor !== undefined && { after: cursors.open(cursor, scope) }),
  };
  return { query, seal: (position) => cursors.seal(position, scope) };
}

/** A page as it is answered: in the body, and as RFC 8288 links. */
export function pageAnswer(req: Request, page: Page, nextCursor: string | undefined): Answer {
  const { items, total } = page;
  const tags = items.map(({ _id, _rev }) => `${_id}@${_rev}`);
  return {
    body: { items, ...(total !== undefined && { total }), ...(nextCursor !== undefined && { nextCursor }) },
    headers: { Link: links(req, nextCursor) },
    etag: createHash('sha256')
      .update(JSON.stringify([tags, total, nextCursor !== undefined]))
      .digest('base64url'),
  };
}

function links(req: Request, nextCursor: string | undefined): string {
  const url = (cursor: string | undefined) => {
    const query = new URLSearchParams(req.query as Record<string, string>);
    query.delete('cursor');
    if (cursor !== undefined) query.set('cursor', cursor);
    const text = query.toString();
    return `<${req.baseUrl}${req.path}${text === '' ? '' : `?${text}`}>`;
  };
  return [`${url(undefined)}; rel="first"`, ...(nextCursor ? [`${url(nextCursor)}; rel="next"`] : [])].join(', ');
}

export const describedPage = (items: JsonSchema, what: string): DescribedAnswer => ({
  description: what,
  headers: { Link: 'The next page (rel="next") and the first', ETag: 'For If-None-Match' },
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      items: { type: 'array', items },
      total: { type: 'integer', description: 'How many there are in all, where that is known' },
      nextCursor: { type: 'string', description: 'Absent on the last page' },
    },
    required: ['items'],
  },
});
