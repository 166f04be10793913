/** Serves requests on a port until the process stops. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Lifecycle } from './lifecycle.ts';

/** A tablet on a bad line may take minutes for one batch. */
const REQUEST_TIMEOUT_MS = 30 * 60_000;
const HEADERS_TIMEOUT_MS = 30_000;
/** Longer than clients and proxies keep connections that they mean to use again: who closes last never meets a closed one. */
const KEEP_ALIVE_MS = 75_000;

/** Of a body that is on its way, at least as much arrives in each such time. A line that was gone for less is waited for. */
const STALLED_MS = 60_000;
const LEAST_BYTES = 1_024;

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly lifecycle: Pick<Lifecycle, 'onStop'>;
  /** After how long connections are ended that bring nothing, or hardly anything of a body; a minute where nothing is said. */
  readonly stalledMs?: number;
}

/**
 * Answers the port. At the stop, no new connections are taken, those without a request are closed at once, and those with one
 * when it is answered or the time is over. Requests that wait for something have to end by themselves.
 */
export async function listen(
  handler: RequestListener,
  { host, port, lifecycle, stalledMs = STALLED_MS }: ListenOptions,
): Promise<number> {
  const server = createServer(handler);
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const connections = new Connections(server, stalledMs);
  lifecycle.onStop('HTTP', (overdue) => connections.close(overdue));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

interface Arriving {
  /** Undefined before the first one. */
  readonly request: IncomingMessage | undefined;
  readonly bytes: number;
  readonly sinceMs: number;
}

/** Node ends only such idle connections by itself that have had a request. */
class Connections {
  readonly #server: Server;
  /** How many requests are under way on each. */
  readonly #requests = new Map<Socket, number>();
  /** What had arrived on those that bring a body, or nothing yet, when they were looked at last. */
  readonly #arriving = new Map<Socket, Arriving>();
  #closing = false;

  constructor(server: Server, stalledMs: number) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#requests.set(socket, 0);
      this.#arriving.set(socket, { request: undefined, bytes: 0, sinceMs: performance.now() });
      socket.once('close', () => {
        this.#requests.delete(socket);
        this.#arriving.delete(socket);
      });
    });
    server.on('request', (request, response) => {
      const { socket } = request;
      this.#count(socket, 1);
      this.#arriving.set(socket, { request, bytes: socket.bytesRead, sinceMs: performance.now() });
      response.once('close', () => this.#count(socket, -1));
    });
    const looking = setInterval(() => this.#endStalled(stalledMs), Math.min(stalledMs / 2, 10_000)).unref();
    server.once('close', () => clearInterval(looking));
  }

  /** Thousands of bodies that never end would keep as many connections, and what was read of them. */
  #endStalled(stalledMs: number): void {
    const nowMs = performance.now();
    for (const [socket, { request, bytes, sinceMs }] of this.#arriving) {
      // What has arrived and is not read yet waits for this server, not for the client.
      const isWaitedFor = request === undefined || !(request.complete || request.readableLength > 0);
      if (request?.complete) this.#arriving.delete(socket);
      else if (!isWaitedFor || socket.bytesRead - bytes >= LEAST_BYTES)
        this.#arriving.set(socket, { request, bytes: socket.bytesRead, sinceMs: nowMs });
      else if (nowMs - sinceMs >= stalledMs) socket.destroy();
    }
  }

  async close(overdue: AbortSignal): Promise<void> {
    this.#closing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    overdue.addEventListener('abort', () => {
      for (const socket of this.#requests.keys()) socket.destroy();
    });
    for (const [socket, requests] of this.#requests) if (requests === 0) socket.destroy();
    await closed;
  }

  #count(socket: Socket, change: 1 | -1): void {
    const before = this.#requests.get(socket);
    if (before === undefined) return;
    this.#requests.set(socket, before + change);
    // What was answered last is still to be sent.
    if (this.#closing && before + change === 0) socket.destroySoon();
  }
}
