/** Whoever works online: the REST API with a token. */
import type { Principal } from '../../../sync-rules/principal.ts';

/** What `POST /api/login` answers, as far as it is used here. */
export interface Login {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly principal: Principal & { readonly deviceId: string };
  readonly databases: readonly { readonly name: string; readonly url: string; readonly types: readonly string[] }[];
}

export type RestDocument = Record<string, unknown> & { readonly _id: string; readonly _rev: string };

export class RestClient {
  readonly #url: string;
  readonly #token: string | undefined;

  constructor(url: string, token?: string) {
    this.#url = url;
    this.#token = token;
  }

  as({ accessToken }: Login): RestClient {
    return new RestClient(this.#url, accessToken);
  }

  get<T = RestDocument>(path: string): Promise<T> {
    return this.#request('GET', path);
  }

  post<T = RestDocument>(path: string, body: unknown): Promise<T> {
    return this.#request('POST', path, body);
  }

  put<T = RestDocument>(path: string, body: unknown): Promise<T> {
    return this.#request('PUT', path, body);
  }

  async #request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as T & { readonly code?: string };
    // Paths hold patient ids and answers hold patients: of both only what names the fault is shown.
    if (!response.ok) throw new Error(`${method} ${path.split('/', 3).join('/')}: ${response.status} ${answer.code}`);
    return answer;
  }
}
