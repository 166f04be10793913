/** Errors that are answers: each has a stable code, which clients may test for. */
import { STATUS_CODES } from 'node:http';
import type { LogLevel } from '../lib/logger.ts';
import { UnavailableError } from '../lib/unavailable-error.ts';

interface ErrorKind {
  readonly status: number;
  readonly logLevel: LogLevel;
  /** What happened and what to do about it; the default of an error's detail. */
  readonly detail: string;
}

const kind = (status: number, logLevel: LogLevel, detail: string): ErrorKind => ({ status, logLevel, detail });

/** Every code that the API answers. A code is never given another meaning; its wording may change. */
export const ERRORS = {
  malformed_json: kind(400, 'debug', 'The body is not valid JSON.'),
  malformed_request: kind(400, 'debug', 'The request cannot be read.'),
  invalid_input: kind(400, 'debug', 'The input has faults: see `faults`.'),
  clinic_required: kind(400, 'debug', 'The account belongs to several clinics: name one of `clinicIds` as clinicId.'),
  invalid_credentials: kind(401, 'info', 'The username or the password is wrong.'),
  /** For good: a device stops and asks for a login. */
  unauthorized: kind(401, 'debug', 'A login is needed: the session is over, or the token is not one of ours.'),
  /** For now: a device refreshes its token and goes on. */
  token_expired: kind(401, 'debug', 'The access token has expired: refresh it.'),
  forbidden: kind(403, 'info', 'The role of this account may not do this.'),
  wrong_password: kind(403, 'info', 'The current password is wrong.'),
  wrong_clinic: kind(403, 'info', 'The account does not belong to this clinic.'),
  no_clinic: kind(403, 'info', 'The account belongs to no clinic: an administrator has to add it to one.'),
  device_taken: kind(403, 'warn', 'This device id belongs to another account: log in without one to get a new id.'),
  device_revoked: kind(403, 'warn', 'This device was revoked: an administrator has to let it in again.'),
  /** From then on, so that whoever has the lost device and the password does not enrol another. */
  enrolment_needed: kind(
    403,
    'warn',
    'A device of this account was revoked: ask an administrator for a code, and log in with it as enrolmentCode.',
  ),
  too_many_devices: kind(
    403,
    'warn',
    'The account has as many devices as it may: an administrator has to revoke or forget one.',
  ),
  /** By the dashboard's cookie alone any page of this host could be made to ask for a change. */
  csrf: kind(403, 'warn', 'Show the `csrfToken` of GET /api/admin/session in the header X-CSRF-Token.'),
  own_account: kind(
    403,
    'info',
    'Nobody can disable, demote or reset their own account: another administrator has to.',
  ),
  invalid_invitation: kind(
    403,
    'info',
    'The link was used before, has expired or was replaced: ask an administrator for a new one.',
  ),
  /** By the access rules: `reason` is the code of the rule that refused. */
  refused: kind(403, 'info', 'The access rules do not allow this.'),
  not_found: kind(404, 'debug', 'There is nothing here.'),
  method_not_allowed: kind(405, 'debug', 'This cannot be done here: see the header Allow for what can.'),
  conflict: kind(409, 'debug', 'It was changed meanwhile: read it again.'),
  /** What is asked for is not what the document's status allows. */
  wrong_state: kind(409, 'debug', 'The document is in another state: read it again.'),
  username_taken: kind(409, 'debug', 'An account with this username exists: choose another.'),
  account_disabled: kind(409, 'debug', 'The account is disabled: enable it first.'),
  last_administrator: kind(409, 'info', 'No other administrator could log in: give somebody else the role first.'),
  clinic_exists: kind(409, 'debug', 'A clinic with this slug exists: choose another.'),
  precondition_failed: kind(412, 'debug', 'It is not the revision that If-Match names: read it again.'),
  too_large: kind(413, 'info', 'The body is too large.'),
  unsupported_media_type: kind(415, 'debug', 'The body must be JSON in UTF-8, with content-type application/json.'),
  invalid_document: kind(422, 'debug', 'The document does not fit its schema: see `faults`.'),
  too_many_attempts: kind(429, 'warn', 'Too many wrong attempts: wait as long as Retry-After says.'),
  /** The answer says when, in Retry-After. */
  busy: kind(503, 'warn', 'Too many log in at this moment: wait as long as Retry-After says.'),
  internal_error: kind(500, 'error', 'The server failed. The cause is in its log.'),
  store_unavailable: kind(
    503,
    'warn',
    'The server cannot reach its store. Nothing that was accepted is lost; tablets go on offline, and sync when it is back.',
  ),
  unavailable: kind(503, 'warn', 'The server cannot do this now: try again later.'),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

export interface HttpErrorOptions extends ErrorOptions {
  /** Instead of the detail of the code. Goes to the client: no internals, no values of patients' fields. */
  readonly detail?: string;
  /** Further members of the answer, for example `faults`. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error whose answer is decided where it is thrown. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly logLevel: LogLevel;
  readonly detail: string;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, { detail, extra = {}, headers = {}, cause }: HttpErrorOptions = {}) {
    const { status, logLevel, detail: usual } = ERRORS[code];
    super(`${status} ${code}: ${detail ?? usual}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.logLevel = logLevel;
    this.detail = detail ?? usual;
    this.extra = extra;
    // RFC 9110 asks for the scheme with every 401.
    this.headers = status === 401 ? { 'WWW-Authenticate': 'Bearer', ...headers } : headers;
  }

  get title(): string {
    return STATUS_CODES[this.status] ?? 'Error';
  }
}

/** Codes for the errors of body-parser and of Express's router, by their status. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  404: 'not_found',
  413: 'too_large',
  415: 'unsupported_media_type',
};

/**
 * Any thrown value as an error that can be answered. Errors of body-parser and of the router keep their meaning; what is
 * not known to be the client's fault becomes `internal_error`, with the thrown value as its cause.
 */
export function toHttpError(thrown: unknown): HttpError {
  if (thrown instanceof HttpError) return thrown;
  if (thrown instanceof UnavailableError)
    return new HttpError('store_unavailable', {
      detail: thrown.message,
      headers: { 'Retry-After': '5' },
      cause: thrown,
    });
  const { type, status } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as {
    type?: unknown;
    status?: unknown;
  };
  if (type === 'entity.parse.failed') return new HttpError('malformed_json');
  if (type === 'encoding.invalid')
    return new HttpError('malformed_request', { detail: 'The body is not valid UTF-8.' });
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new HttpError(CODE_OF_STATUS[status] ?? 'malformed_request');
  }
  return new HttpError('internal_error', { cause: thrown });
}
