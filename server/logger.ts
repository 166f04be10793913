/** The logger that every part is handed. What identifies or describes a patient, and every secret, stays out of it. */
import pino from 'pino';
import pinoPretty from 'pino-pretty';

export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

type LogMethod = {
  (fields: LogFields, message: string): void;
  (message: string): void;
};

/** What the parts of the server may do with a logger. Fields hold ids and counts, never documents. */
export type Logger = { readonly [L in LogLevel]: LogMethod } & {
  child(fields: LogFields): Logger;
};

export interface LoggerOptions {
  readonly level: LogLevel | 'silent';
  /** Lines for a person at a terminal; else one JSON object a line. */
  readonly pretty: boolean;
  /** Where lines go; standard output by default. */
  readonly destination?: NodeJS.WritableStream;
}

/** Fields that are never written, wherever they stand in what is logged, to a depth of four. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'secret',
  'token',
  'accessToken',
  'refreshToken',
  'refreshHash',
  'previousRefreshHash',
  'body',
  'rawBody',
  'doc',
  'docs',
];
const DEPTHS = ['', '*.', '*.*.', '*.*.*.'];

export function createLogger({ level, pretty, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: DEPTHS.flatMap((depth) => SECRET_FIELDS.map((field) => depth + field)), censor: '[redacted]' },
    serializers: { err: describeError, error: describeError, req: describeRequest },
  };
  if (!pretty) return destination ? pino(options, destination) : pino(options);
  return pino(
    options,
    pinoPretty({ sync: true, translateTime: 'SYS:HH:MM:ss.l', ...(destination && { destination }) }),
  );
}

/** An error without the properties that libraries hang on it: body-parser's, for one, is the whole request body. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : typeof error;
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}

/** A request without headers, query and body. */
function describeRequest(request: unknown): unknown {
  const { method, originalUrl = '' } = request as { method?: string; originalUrl?: string };
  return { method, path: originalUrl.split('?')[0] };
}
