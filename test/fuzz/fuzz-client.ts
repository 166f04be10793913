/** Sends inputs as they are, and waits for each answer no longer than any answer may take. */
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { FuzzAnswer, FuzzInput } from './fuzz-input.ts';

/** A machine that is busy with other tests as well takes seconds for a large batch, and never this long. */
const DEADLINE_MS = 30_000;
const IDLE_MS = 2_000;

/** The server did not answer, or ended a connection in the middle of it. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** Node writes no other characters into a request line. */
const WRITABLE_PATH = /^[\u0021-\u00ff]+$/;
const WRITABLE_HEADER = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

export class FuzzClient {
  readonly #url: URL;
  readonly #agent: Agent;
  /** What went through each connection last: that may be what broke it. */
  readonly #before = new WeakMap<Socket, string>();

  constructor(url: string, connections: number) {
    this.#url = new URL(url);
    // The server ends a connection that was idle for some time, maybe in the moment in which it is used again: as a client does,
    // this one gives it up before.
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, timeout: IDLE_MS });
  }

  send(input: FuzzInput): Promise<FuzzAnswer> {
    return input.bytes ? this.#sendBytes(input.bytes) : this.#sendRequest(input);
  }

  close(): void {
    this.#agent.destroy();
  }

  #sendRequest(input: FuzzInput): Promise<FuzzAnswer> {
    const { method, path, body, patienceMs = DEADLINE_MS } = input;
    const framing =
      input.pieceBytes === undefined
        ? { 'content-length': String(body?.length ?? 0) }
        : { 'transfer-encoding': 'chunked' };
    const length = body ? framing : {};
    const options: RequestOptions = {
      host: this.#url.hostname,
      port: this.#url.port,
      // Node ends a connection after what it was told to expect and does not know.
      agent: 'expect' in input.headers ? false : this.#agent,
      method,
      path: WRITABLE_PATH.test(path) ? path : encodeURI(path.toWellFormed()),
      headers: { ...length, ...writable(input.headers) },
    };
    return new Promise((resolve, reject) => {
      const sent = request(options, (response) => {
        readAnswer(response).then(end(resolve), end(reject));
      });
      const late = setTimeout(() => {
        end(
          input.patienceMs === undefined
            ? () => reject(new NoAnswerError(`no answer within ${DEADLINE_MS} ms`))
            : () => resolve(GONE),
        )();
        sent.destroy();
      }, patienceMs);
      function end<T>(settle: (value: T) => void): (value?: T) => void {
        return (value) => {
          clearTimeout(late);
          settle(value as T);
        };
      }
      let before = '';
      sent.once('socket', (socket) => {
        before = this.#before.get(socket) ?? 'nothing';
        this.#before.set(socket, `${method} ${path.slice(0, 500)} ${JSON.stringify(input.headers).slice(0, 500)}`);
      });
      const gone = (error: Error) =>
        new NoAnswerError(`the connection ended: ${error.message}; before, it had ${before}`);
      sent.on('error', (error) => end(() => reject(gone(error)))());
      writeBody(sent, input);
    });
  }

  /** Ends its half behind them; whatever comes back is the answer, be it nothing. */
  #sendBytes(bytes: Buffer): Promise<FuzzAnswer> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(this.#url.port), this.#url.hostname, () => socket.end(bytes));
      const late = setTimeout(() => {
        reject(new NoAnswerError(`a connection that said all was kept for ${DEADLINE_MS} ms`));
        socket.destroy();
      }, DEADLINE_MS);
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      // The server may be done with it before it has read all of it.
      socket.on('error', () => {});
      socket.on('close', () => {
        clearTimeout(late);
        const status = /HTTP\/1\.1 ([2-5]\d\d)/.exec(text)?.[1];
        resolve({ ...(status !== undefined && { status: Number(status) }), contentType: '', text });
      });
    });
  }
}

const GONE: FuzzAnswer = { contentType: '', text: '' };

const writable = (headers: FuzzInput['headers']): FuzzInput['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => WRITABLE_HEADER.test(value)));

async function readAnswer(response: IncomingMessage): Promise<FuzzAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', text };
}

function writeBody(sent: ReturnType<typeof request>, { body, pieceBytes }: FuzzInput): void {
  if (body && pieceBytes !== undefined)
    for (let at = 0; at < body.length; at += pieceBytes) sent.write(body.subarray(at, at + pieceBytes));
  if (body && pieceBytes === undefined) sent.end(body);
  else sent.end();
}
