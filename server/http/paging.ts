/** What a client may ask of any list, and a page of one as an answer. */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import type { Principal } from '../../sync-rules/principal.ts';
import type { Answer, DescribedAnswer, JsonSchema } from './api-route.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

export const pageFields = {
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT).describe('How many at most'),
  cursor: z.string().min(1).max(2_000).optional().describe('`nextCursor` of the page before'),
};

/** A cursor is of one person and one list: whatever is asked apart from how much. */
export const cursorScope = ({ userId, clinicId }: Principal, ...asked: unknown[]): string =>
  JSON.stringify([userId, clinicId, ...asked]);

/** A page of documents. */
export interface AnsweredPage {
  readonly items: readonly { readonly _id: string; readonly _rev: string }[];
  readonly total?: number | undefined;
}

/** A page as it is answered: in the body, and as RFC 8288 links. */
export function pageAnswer(req: Request, page: AnsweredPage, nextCursor: string | undefined): Answer {
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
