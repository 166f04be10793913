/** Measures requests as they end: of what kind, with which answer, how big. */
import type { Request, RequestHandler, Response } from 'express';
import { type ByteCount, countBytes } from './byte-count.ts';

export interface MeteredRequest extends ByteCount {
  /** One of a few. */
  readonly kind: string;
  /** 499 where the client went away before it was answered. */
  readonly status: number;
}

const CLIENT_GONE = 499;
const SYNC_KINDS = new Set(['_all_docs', '_bulk_docs', '_bulk_get', '_changes', '_local', '_revs_diff']);

/** Bytes of answers that are sent in one piece, which say themselves how long they are. */
export function declaredBytes(request: Request, response: Response): () => ByteCount {
  const bytesOf = (header: unknown): number => {
    const bytes = Number(header ?? 0);
    return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 0;
  };
  return () => ({
    bytesIn: bytesOf(request.headers['content-length']),
    bytesOut: bytesOf(response.getHeader('content-length')),
  });
}

/** To be mounted before the routes that it measures. Sinks must not throw. */
export const requestMeter =
  (
    kindOf: (request: Request) => string,
    sinks: readonly ((request: MeteredRequest) => void)[],
    bytesOf: (request: Request, response: Response) => () => ByteCount = countBytes,
  ): RequestHandler =>
  (request, response, next) => {
    const kind = kindOf(request);
    const counted = bytesOf(request, response);
    response.once('close', () => {
      const status = response.headersSent ? response.statusCode : CLIENT_GONE;
      for (const sink of sinks) sink({ kind, status, ...counted() });
    });
    next();
  };

/** The kind of a sync request: `sync_changes`, `sync_bulk_docs` and so on, else `sync_other`. */
export function syncKindOf({ path }: Pick<Request, 'path'>): string {
  const operation = path.split('/').find((segment) => SYNC_KINDS.has(segment));
  return operation ? `sync${operation}` : 'sync_other';
}
