/** Requests of a tablet, made by hand, to the role database of its login. */
import type { Login } from './api-client.ts';

/** `body`: a text is sent as it is, and anything else as JSON. */
export const syncRequest = (login: Login, method: string, path: string, body?: unknown): Promise<Response> =>
  fetch(`${login.databases[0]?.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${login.accessToken}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
