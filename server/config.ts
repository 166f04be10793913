/** The configuration: every option declared once, read from the environment, validated without side effects. */
import { z } from 'zod';

interface Option<T> {
  /** The environment variable. */
  readonly name: string;
  readonly parser: z.ZodType<T, string>;
  /** In the form of the environment; undefined where the option may be left out. */
  readonly fallback: string | undefined;
  /** One line for the table in server/operations/README.md. */
  readonly description: string;
}

const option = <T>(name: string, fallback: string, parser: z.ZodType<T, string>, description: string): Option<T> => ({
  name,
  parser,
  fallback,
  description,
});
const optional = <T>(name: string, parser: z.ZodType<T, string>, description: string): Option<T | undefined> => ({
  name,
  parser,
  fallback: undefined,
  description,
});

const MAX_DAYS = 3_650;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  const fault = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, fault)
    .transform(Number)
    .pipe(z.number().min(min, fault).max(max, fault));
}

const atLeast = (length: number) => z.string().min(length, `must have at least ${length} characters`);

/** An HTTP address. Faults do not repeat the value: it may hold a password. */
function httpUrl(fault: string, accepts: (url: URL) => boolean): z.ZodType<URL, string> {
  return z.string().transform((value, context) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url && ['http:', 'https:'].includes(url.protocol) && accepts(url)) return url;
    context.addIssue({ code: 'custom', message: fault });
    return z.NEVER;
  });
}

const couchdbUrl = httpUrl(
  'must be an http or https URL with the name and password of a CouchDB administrator',
  (url) => url.username !== '' && url.password !== '',
);
const publicUrl = httpUrl(
  'must be an http or https URL without credentials, query or fragment',
  (url) => url.username === '' && url.password === '' && url.search === '' && url.hash === '',
).transform((url) => url.href.replace(/\/+$/, ''));

const OPTIONS = {
  port: option('PORT', '3000', wholeNumber(0, 65_535), 'TCP port to listen on; 0 takes a free one'),
  host: option('HOST', '127.0.0.1', z.string(), 'Address to listen on; `0.0.0.0` to be reached from other machines'),
  dataDir: option(
    'VITASYNC_DATA_DIR',
    './data',
    z.string(),
    'Folder of the embedded databases, the index of lists and the generated secrets',
  ),
  couchdbUrl: optional(
    'COUCHDB_URL',
    couchdbUrl,
    'CouchDB to use instead of the embedded store, with administrator credentials: `http://admin:password@host:5984`',
  ),
  dbPrefix: option(
    'VITASYNC_DB_PREFIX',
    'vitasync',
    z.string().regex(/^[a-z][a-z0-9_]*$/, 'must be lower-case letters, digits and underscores, a letter first'),
    'Beginning of the names of all databases',
  ),
  adminPassword: optional(
    'VITASYNC_ADMIN_PASSWORD',
    atLeast(8),
    'Password of the first administrator, `admin`, used on the first start only; else one is generated and printed once',
  ),
  jwtSecret: optional(
    'VITASYNC_JWT_SECRET',
    atLeast(32),
    'Secret that signs access tokens, the same on every server; else one is generated into the data folder',
  ),
  logLevel: option(
    'VITASYNC_LOG_LEVEL',
    'info',
    z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`),
    `Least severe level that is logged: ${LOG_LEVELS.join(', ')}`,
  ),
  maxBodyMb: option(
    'VITASYNC_MAX_BODY_MB',
    '50',
    wholeNumber(1, 1_000),
    'Largest request body of sync routes, in MB; of one that is read whole 3 MB at most, of a push, which is read row by row, 256 MB at least',
  ),
  maxDocumentKb: option('VITASYNC_MAX_DOCUMENT_KB', '1024', wholeNumber(1, 65_536), 'Largest single document, in KB'),
  accessTokenMinutes: option(
    'VITASYNC_ACCESS_TOKEN_MINUTES',
    '15',
    wholeNumber(1, 1_440),
    'Life of an access token, in minutes',
  ),
  refreshTokenDays: option(
    'VITASYNC_REFRESH_TOKEN_DAYS',
    '90',
    wholeNumber(1, MAX_DAYS),
    'How long a session lives after its last refresh, in days; tablets may be offline for months',
  ),
  loginAttemptsPerMinute: option(
    'VITASYNC_LOGIN_ATTEMPTS',
    '10',
    wholeNumber(1, 10_000),
    'Wrong passwords allowed per minute for one address and username',
  ),
  maxDevicesPerAccount: option(
    'VITASYNC_MAX_DEVICES',
    '20',
    wholeNumber(1, 10_000),
    'Devices that one account may have; revoked ones are not counted',
  ),
  publicUrl: optional(
    'VITASYNC_PUBLIC_URL',
    publicUrl,
    'Address at which devices reach this server, used in the database URLs that login answers and in links; else that of the request',
  ),
  trustProxy: option(
    'VITASYNC_TRUST_PROXY',
    '0',
    wholeNumber(0, 10),
    'Number of reverse proxies in front of the server, whose X-Forwarded headers say where a request comes from',
  ),
  metricsToken: optional(
    'VITASYNC_METRICS_TOKEN',
    atLeast(16),
    'Bearer token that Prometheus shows to read `/metrics`, at least 16 characters; without one they are not served',
  ),
  readyLagSeconds: option(
    'VITASYNC_READY_LAG_SECONDS',
    '30',
    wholeNumber(1, 86_400),
    'How far the projector may lag before the server reports itself not ready, in seconds',
  ),
  shutdownSeconds: option(
    'VITASYNC_SHUTDOWN_SECONDS',
    '10',
    wholeNumber(1, 600),
    'How long the server may take to stop, in seconds; open requests have half of it to end',
  ),
};

type ValueOf<O> = O extends Option<infer T> ? T : never;
export type Config = { readonly [K in keyof typeof OPTIONS]: ValueOf<(typeof OPTIONS)[K]> };

/** The environment does not make a configuration; the message lists every fault, without values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the configuration cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/**
 * The configuration that an environment describes; an empty variable counts as unset.
 * @throws ConfigError that lists all faults.
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const faults: string[] = [];
  const values = Object.entries<Option<unknown>>(OPTIONS).map(([key, { name, parser, fallback }]) => {
    const text = env[name] || fallback;
    if (text === undefined) return [key, undefined];
    const parsed = parser.safeParse(text);
    if (!parsed.success) faults.push(...parsed.error.issues.map(({ message }) => `${name} ${message}`));
    return [key, parsed.data];
  });
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(Object.fromEntries(values)) as Config;
}

export interface OptionDescription {
  readonly name: string;
  /** Empty where there is none. */
  readonly default: string;
  readonly description: string;
}

/** What the table in server/operations/README.md is held against. */
export const describeOptions = (): OptionDescription[] =>
  Object.values(OPTIONS).map(({ name, fallback = '', description }) => ({ name, default: fallback, description }));
