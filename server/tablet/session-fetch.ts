/**
 * The `fetch` of a tablet's session. It sends the access token. Where the server says that the token has expired, it gets new
 * tokens and sends the request again.
 */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** By which the tablet proves at its next login that it is this device. The server answers it once, at a login or a refresh. */
  readonly deviceSecret?: string;
}

export interface SessionFetchOptions {
  /** Address of the server, without a slash at its end. */
  readonly server: string;
  /** Those that the login answered, or the newest that were kept. */
  readonly tokens: Tokens;
  /**
   * Keeps new tokens on the tablet, with the device's secret where it is known. No request uses them before that: a refresh token
   * that is lost is a login that is lost.
   */
  readonly keep: (tokens: Tokens) => void | Promise<void>;
  /** What requests go through; the `fetch` of the platform where it is left out. */
  readonly connection?: typeof fetch;
}

export function sessionFetch({ server, tokens, keep, connection = fetch }: SessionFetchOptions): typeof fetch {
  let current = tokens;
  let refreshing: Promise<void> | undefined;

  const send = (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${current.accessToken}`);
    return connection(input, { ...init, headers });
  };

  const refresh = async (): Promise<void> => {
    const answer = await connection(`${server}/api/token/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken: current.refreshToken }),
    });
    // A session that is over: the request that is sent again is told so.
    if (!answer.ok) return;
    const { accessToken, refreshToken, deviceSecret = current.deviceSecret } = (await answer.json()) as Tokens;
    const next = { accessToken, refreshToken, ...(deviceSecret !== undefined && { deviceSecret }) };
    await keep(next);
    current = next;
  };

  return async (input, init) => {
    const used = current.accessToken;
    const response = await send(input, init);
    if (response.status !== 401 || !(await response.clone().text()).includes('token_expired')) return response;
    if (used === current.accessToken) {
      // Requests that run side by side share one refresh. Of two, the earlier answer would be void, and using it ends the session.
      refreshing ??= refresh().finally(() => {
        refreshing = undefined;
      });
      await refreshing;
    }
    return send(input, init);
  };
}
