/** Errors in CouchDB's dialect: `{error, reason}`. Clients act on `error`; people read `reason`. */
import type { ErrorRequestHandler } from 'express';
import { HttpError } from '../http/errors.ts';
import type { Logger } from '../lib/logger.ts';

export class CouchError extends Error {
  override readonly name = 'CouchError';
  readonly status: number;
  readonly error: string;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(status: number, error: string, reason: string, retryAfter?: number) {
    super(reason);
    this.status = status;
    this.error = error;
    this.retryAfter = retryAfter;
  }
}

export const notFound = (reason = 'missing'): CouchError => new CouchError(404, 'not_found', reason);
export const badRequest = (reason: string): CouchError => new CouchError(400, 'bad_request', reason);
/** Stock clients back off, and come again. */
export const tooManyRequests = (reason: string, retryAfter: number): CouchError =>
  new CouchError(429, 'too_many_requests', reason, retryAfter);
export const conflict = (): CouchError => new CouchError(409, 'conflict', 'Document update conflict.');

/** What the body parser throws. */
interface ParserError {
  readonly status?: number;
  readonly type?: string;
  readonly limit?: number;
  /** Set on errors that are the client's; those of the store have a status as well. */
  readonly expose?: boolean;
}

function toCouchError(error: unknown): CouchError | undefined {
  if (error instanceof CouchError) return error;
  if (error instanceof HttpError) return new CouchError(error.status, error.code, error.detail);
  const { status, type, limit, expose } = error as ParserError;
  if (type === 'entity.too.large') {
    return new CouchError(
      413,
      'too_large',
      `The request is larger than ${limit ?? 0} bytes: send fewer documents at a time.`,
    );
  }
  if (type === 'entity.parse.failed') return badRequest('The request body is not valid JSON.');
  // A path that cannot be decoded is the client's, too.
  if ((status === 400 || status === 415) && (expose || error instanceof URIError))
    return new CouchError(status, 'bad_request', 'The request cannot be read: send JSON in UTF-8.');
  return undefined;
}

/**
 * RxDB's live pull dies for good on a JSON body without `results`, and tries again after one that is not JSON. So the
 * longpoll of a per-type route answers errors as text.
 */
const wantsText = (query: unknown, path: string): boolean =>
  [(query as { feed?: string | string[] }).feed].flat().includes('longpoll') &&
  path.split('/').filter(Boolean).length >= 3;

export function couchErrorHandler(logger: Pick<Logger, 'error'>): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const known = toCouchError(error);
    if (!known) logger.error({ err: error, method: request.method }, 'sync request failed');
    if (response.headersSent) {
      // A longpoll that has begun can only be cut off; the client asks again and then learns why.
      response.destroy();
      return;
    }
    const {
      status,
      error: name,
      message,
      retryAfter,
    } = known ?? new CouchError(500, 'internal_server_error', 'The server failed; try again later.');
    response.status(status);
    if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
    if (wantsText(request.query, request.path)) response.type('text/plain').send(`${name}: ${message}\n`);
    else response.json({ error: name, reason: message });
  };
}
