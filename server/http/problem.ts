/** Errors of `/api`, as problem details (RFC 9457). */
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from '../lib/logger.ts';
import { HttpError, toHttpError } from './errors.ts';

/** Ends the middleware of `/api`: what no route took is answered 404. */
export const unknownApiRoute: RequestHandler = () => {
  throw new HttpError('not_found', { detail: 'No such route, or not with this method.' });
};

/** Tells a store that is away from a fault of the server. */
export interface StoreCheck {
  /** Asks the store now. Never throws. */
  check(): Promise<void>;
  reach(): { readonly reachable: boolean; readonly downSince?: string };
}

/** The error middleware of `/api`. */
export function problemHandler(logger: Logger, store?: StoreCheck): ErrorRequestHandler {
  return async (thrown, req, res, next) => {
    const error = await withCause(toHttpError(thrown), store);
    logRefusal(logger, error, { method: req.method, path: `${req.baseUrl}${req.path}` });
    // Too late for another answer: Express ends the connection, so that the client sees that it is incomplete.
    if (res.headersSent) return next(thrown);
    res.status(error.status).set(error.headers).set('Cache-Control', 'no-store');
    res.type('application/problem+json').send(JSON.stringify(toProblem(error)));
  };
}

/** Whatever failed in whatever way: where the store does not answer, that is why. */
async function withCause(error: HttpError, store: StoreCheck | undefined): Promise<HttpError> {
  if (error.code !== 'internal_error' || !store) return error;
  await store.check();
  const { reachable, downSince } = store.reach();
  if (reachable) return error;
  return new HttpError('store_unavailable', {
    cause: error.cause,
    headers: { 'Retry-After': '5' },
    extra: { downSince },
  });
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly [extra: string]: unknown;
}

export const toProblem = ({ code, status, title, detail, extra }: HttpError): Problem => ({
  ...extra,
  type: `urn:vitasync:problem:${code}`,
  title,
  status,
  code,
  detail,
});

/** Logs an error at its own level; the stack and the cause only where the fault is the server's. */
export function logRefusal(logger: Logger, error: HttpError, request: { method: string; path: string }): void {
  const fields = { ...request, status: error.status, code: error.code };
  if (error.status >= 500) logger[error.logLevel]({ ...fields, err: error.cause ?? error }, 'request failed');
  else logger[error.logLevel](fields, 'request refused');
}
