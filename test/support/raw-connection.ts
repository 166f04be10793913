/** A TCP connection to a server on which a test writes what it likes, whole requests or parts of them. */
import { connect, type Socket } from 'node:net';

export class RawConnection {
  readonly #socket: Socket;
  /** Resolves when the connection is over, whoever ended it and however. */
  readonly ended: Promise<void>;
  #received = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString();
    });
  }

  static async to(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawConnection(socket);
  }

  send(...lines: readonly string[]): void {
    this.#socket.write(lines.join('\r\n'));
  }

  /** Everything that came so far. */
  received(): string {
    return this.#received;
  }
}
