/** A server whose store can be taken away while it runs, and given back: the embedded one's folder, or the way to CouchDB. */
import { rename } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { COUCHDB_URL, createEnvironment } from './environment.ts';
import { startServer, type TestServer } from './test-server.ts';

export interface OutageServer {
  readonly server: TestServer;
  /** From now on the store cannot be reached. */
  takeAway(): Promise<void>;
  giveBack(): Promise<void>;
  close(): Promise<void>;
}

export async function startServerWithOutage(): Promise<OutageServer> {
  return COUCHDB_URL ? behindProxy(new URL(COUCHDB_URL)) : withFolder();
}

async function withFolder(): Promise<OutageServer> {
  const server = await startServer();
  const folder = path.join(server.environment.folder, 'databases');
  return {
    server,
    takeAway: () => rename(folder, `${folder}-away`),
    giveBack: () => rename(`${folder}-away`, folder),
    close: () => server.close(),
  };
}

/** Passes bytes on to CouchDB, or hangs up on everyone. */
async function behindProxy(couchdb: URL): Promise<OutageServer> {
  const sockets = new Set<Socket>();
  let cut = false;
  const proxy = createServer((socket) => {
    if (cut) {
      socket.destroy();
      return;
    }
    const onward = connect(Number(couchdb.port || 80), couchdb.hostname);
    for (const one of [socket, onward]) {
      sockets.add(one);
      one.once('close', () => {
        sockets.delete(one);
        socket.destroy();
        onward.destroy();
      });
      one.on('error', () => {});
    }
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = new URL(couchdb);
  url.hostname = '127.0.0.1';
  url.port = String((proxy.address() as AddressInfo).port);
  const server = await startServer({ environment: await createEnvironment({ COUCHDB_URL: url.href }) });
  return {
    server,
    takeAway: async () => {
      cut = true;
      for (const socket of sockets) socket.destroy();
    },
    giveBack: async () => {
      cut = false;
    },
    close: async () => {
      await server.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
