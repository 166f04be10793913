/** Serves requests on a port until the process stops. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Lifecycle } from './lifecycle.ts';

/** A tablet on a bad line may take minutes for one batch. */
const REQUEST_TIMEOUT_MS = 30 * 60_000;
const HEADERS_TIMEOUT_MS = 30_000;
/** Longer than clients and proxies keep connections that they mean to use again: who closes last never meets a closed one. */
const KEEP_ALIVE_MS = 75_000;

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly lifecycle: Pick<Lifecycle, 'onStop'>;
}

/**
 * Answers the port. At the stop, no new connections are taken, those without a request are closed at once, and those with one
 * when it is answered or the time is over. Requests that wait for something have to end by themselves.
 */
export async function listen(handler: RequestListener, { host, port, lifecycle }: ListenOptions): Promise<number> {
  const server = createServer(handler);
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const connections = new Connections(server);
  lifecycle.onStop('HTTP', (overdue) => connections.close(overdue));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Node ends only such idle connections by itself that have had a request. */
class Connections {
  readonly #server: Server;
  /** How many requests are under way on each. */
  readonly #requests = new Map<Socket, number>();
  #closing = false;

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#requests.set(socket, 0);
      socket.once('close', () => this.#requests.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      this.#count(socket, 1);
      response.once('close', () => this.#count(socket, -1));
    });
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
