/** An online client of the REST API. */
import type { DescribedAnswers } from './described-answers.ts';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

export interface Login {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Where the login enrolled a device. */
  readonly deviceSecret?: string;
  readonly principal: {
    readonly userId: string;
    readonly role: string;
    readonly clinicId?: string;
    readonly deviceId: string;
    readonly patientId?: string;
  };
  readonly databases: readonly { readonly name: string; readonly url: string; readonly types: readonly string[] }[];
}

export class ApiClient {
  readonly baseUrl: string;
  readonly token: string | undefined;
  /** What every answer is held against. */
  readonly described: DescribedAnswers | undefined;

  constructor(baseUrl: string, token?: string, described?: DescribedAnswers) {
    this.baseUrl = baseUrl;
    this.token = token;
    this.described = described;
  }

  as(token: string): ApiClient {
    return new ApiClient(this.baseUrl, token, this.described);
  }

  async request<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (path.startsWith('/api/')) {
      const mediaType = response.headers.get('content-type') ?? '';
      this.described?.check({ method, path, status: response.status, mediaType, text });
    }
    return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as T };
  }

  /** The body of an answer that must be a success. */
  async ok<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.request<T>(method, path, body);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  login(username: string, password: string, more: Record<string, unknown> = {}): Promise<Login> {
    return this.ok<Login>('POST', '/api/login', { username, password, ...more });
  }
}
