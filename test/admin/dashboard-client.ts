/** The API as the dashboard's page calls it: by cookie. */
import type { Answer } from '../support/api-client.ts';
import { ADMIN_PASSWORD } from '../support/environment.ts';
import type { TestServer } from '../support/test-server.ts';

export interface OpenedDashboard {
  readonly cookie: string;
  /** The cookie as it was set, with its attributes. */
  readonly setCookie: string;
  readonly csrfToken: string;
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<Record<string, unknown>>>;
}

export async function openDashboard(
  { api }: Pick<TestServer, 'api'>,
  username = 'admin',
  password = ADMIN_PASSWORD,
): Promise<OpenedDashboard> {
  const answer = await api.request<{ csrfToken: string }>('POST', '/api/admin/session', { username, password });
  if (answer.status !== 200) throw new Error(`no session: ${answer.status} ${JSON.stringify(answer.body)}`);
  const setCookie = answer.headers.get('set-cookie') ?? '';
  const cookie = setCookie.split(';', 1)[0] ?? '';
  return {
    cookie,
    setCookie,
    csrfToken: answer.body.csrfToken,
    request: (method, path, body, headers = {}) => api.request(method, path, body, { cookie, ...headers }),
  };
}

export interface EventStream {
  readonly status: number;
  readonly contentType: string;
  /** Everything that came so far. */
  text(): string;
  /** Resolves when the server ends the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Opens the stream of events; `headers` say who asks. */
export async function openEvents(
  { url }: Pick<TestServer, 'url'>,
  headers: Record<string, string>,
): Promise<EventStream> {
  const aborting = new AbortController();
  const response = await fetch(`${url}/api/admin/events`, { headers, signal: aborting.signal });
  const decoder = new TextDecoder();
  let text = '';
  const read = async () => {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true });
  };
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    text: () => text,
    ended: read().catch(() => {}),
    close: () => aborting.abort(),
  };
}
