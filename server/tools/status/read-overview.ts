/** Asks a running server for its overview: logs in, asks, and logs out. */
import type { Overview } from '../../admin/overview/overview.ts';

/** A server that takes longer is as good as one that does not answer. */
const TIMEOUT_MS = 15_000;

export interface Asked {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** The server could not be asked, for a reason that the user can mend. */
export class CannotAskError extends Error {
  override readonly name = 'CannotAskError';
}

/** @throws CannotAskError */
export async function readOverview({ url, username, password }: Asked): Promise<Overview> {
  const base = baseOf(url);
  const { accessToken } = await call<{ accessToken: string }>(base, 'POST', '/api/login', {
    body: { username, password },
  });
  try {
    return await call<Overview>(base, 'GET', '/api/admin/overview', { token: accessToken });
  } finally {
    // The session would end by itself: that this fails is no reason to say that the server could not be asked.
    await call(base, 'POST', '/api/logout', { token: accessToken }).catch(() => {});
  }
}

function baseOf(url: string): string {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new CannotAskError(`"${url}" is not an address: write it as http://localhost:3000`);
  return url.replace(/\/+$/, '');
}

interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
}

async function call<T>(base: string, method: string, path: string, { token, body }: CallOptions): Promise<T> {
  const response = await fetch(`${base}${path}`, {
    method,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new CannotAskError(`${base} does not answer (${reasonOf(error)}). Is it running, and is the address right?`);
  });
  const text = await response.text();
  const answer = parse(text);
  if (!response.ok) throw new CannotAskError(`${base}${path} answered ${response.status}: ${detailOf(answer)}`);
  return answer as T;
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new CannotAskError('the answer is not that of VitaSync. Is the address right?');
  }
}

const detailOf = (answer: unknown): string => {
  const { detail } = (answer ?? {}) as { detail?: unknown };
  return typeof detail === 'string' ? detail : 'no reason was given';
};

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? message;
}
