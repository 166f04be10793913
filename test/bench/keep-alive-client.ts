/** An online client that keeps its connections, and costs little: what is measured is the server. */
import { Agent, request } from 'node:http';

export class KeepAliveClient {
  readonly #baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: Agent;

  /** `token`: of a login; without one nobody is signed in. */
  constructor(baseUrl: string, { token, connections = 1 }: { token?: string; connections?: number } = {}) {
    this.#baseUrl = baseUrl;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** The body of an answer that must be 200. */
  get(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#baseUrl}${path}`, { agent: this.#agent, headers: this.#headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          if (answer.statusCode === 200) resolve(body);
          else reject(new Error(`GET ${path}: ${answer.statusCode} ${body}`));
        });
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  async json<T>(path: string): Promise<T> {
    return JSON.parse(await this.get(path)) as T;
  }

  close(): void {
    this.#agent.destroy();
  }
}
