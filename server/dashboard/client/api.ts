/** Requests to `/api`, by the cookie of the session. */
import { signal } from '@preact/signals';

/** Shown with each request that changes something; of the session that is open. */
export const csrfToken = signal<string | undefined>(undefined);
/** Set where an answer said that there is no session any more. */
export const sessionLost = signal(false);

/** What a problem of the API says (RFC 9457), or that it could not be asked. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** Of the API; `offline` where the server did not answer. */
  readonly code: string;
  /** 0 where the server did not answer. */
  readonly status: number;
  /** Members beside the usual ones, such as `fields` and `faults`. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(code: string, status: number, message: string, extra: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.extra = extra;
  }
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface ApiAnswer<T> {
  readonly body: T;
  /** Without quotes. */
  readonly etag: string | undefined;
}

/** Throws an ApiProblem, or what aborting throws. `path` begins with `/api`. */
export async function ask<T>(path: string, request: ApiRequest = {}): Promise<ApiAnswer<T>> {
  const response = await send(path, request);
  const text = await response.text();
  const body: unknown = text === '' ? undefined : parse(text);
  if (response.ok) {
    return { body: body as T, etag: response.headers.get('etag')?.replaceAll('"', '').replace(/^W\//, '') };
  }
  if (response.status === 401 && !path.startsWith('/api/admin/session')) sessionLost.value = true;
  throw problemOf(response.status, body);
}

/** The body of the answer alone. */
export const fetchJson = async <T>(path: string, request: ApiRequest = {}): Promise<T> =>
  (await ask<T>(path, request)).body;

async function send(path: string, { method = 'GET', body, headers, signal: aborted }: ApiRequest): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(method !== 'GET' && csrfToken.value !== undefined && { 'X-CSRF-Token': csrfToken.value }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(aborted && { signal: aborted }),
    });
  } catch (error) {
    if (aborted?.aborted) throw error;
    throw new ApiProblem(
      'offline',
      0,
      'The server does not answer. It may be stopped, or this computer has no connection.',
    );
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(status: number, body: unknown): ApiProblem {
  const { code, detail, ...extra } = (body ?? {}) as Record<string, unknown>;
  const message = typeof detail === 'string' ? detail : `The server answered ${status}.`;
  return new ApiProblem(typeof code === 'string' ? code : 'unknown', status, message, extra);
}

/** `/api/x` with those parameters that are set, after those that it has. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  const text = parameters.toString();
  return text === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${text}`;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
