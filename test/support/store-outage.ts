/** A store that can be taken away from the server that runs on it, and given back: the embedded one's folder, or the way to CouchDB. */
import { rename } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { COUCHDB_URL, createEnvironment, type TestEnvironment } from './environment.ts';
import { startServer, type TestServer } from './test-server.ts';

export interface StoreOutage {
  /** For the server. Removing it is left to who asked for it. */
  readonly environment: TestEnvironment;
  /** From now on the store cannot be reached. */
  takeAway(): Promise<void>;
  /** As `takeAway`, but nobody hears of it: requests to CouchDB are never answered. */
  takeAwaySilently(): Promise<void>;
  giveBack(): Promise<void>;
  /** To be called when no server uses the store any more. */
  end(): Promise<void>;
}

export interface OutageServer extends Pick<StoreOutage, 'takeAway' | 'giveBack'> {
  readonly server: TestServer;
  close(): Promise<void>;
}

export async function startServerWithOutage(): Promise<OutageServer> {
  const outage = await createOutage();
  const server = await startServer({ environment: outage.environment });
  return {
    server,
    takeAway: outage.takeAway,
    giveBack: outage.giveBack,
    close: async () => {
      await server.close();
      await outage.end();
    },
  };
}

export async function createOutage(env: NodeJS.ProcessEnv = {}): Promise<StoreOutage> {
  return COUCHDB_URL ? behindProxy(new URL(COUCHDB_URL), env) : withFolder(env);
}

async function withFolder(env: NodeJS.ProcessEnv): Promise<StoreOutage> {
  const environment = await createEnvironment(env);
  const folder = path.join(environment.folder, 'databases');
  const takeAway = () => rename(folder, `${folder}-away`);
  return {
    environment,
    takeAway,
    takeAwaySilently: takeAway,
    giveBack: () => rename(`${folder}-away`, folder),
    end: async () => {},
  };
}

/** Passes bytes on to CouchDB, or hangs up on everyone, or keeps them. */
async function behindProxy(couchdb: URL, env: NodeJS.ProcessEnv): Promise<StoreOutage> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.once('close', () => sockets.delete(socket));
  };
  let cut = false;
  let silent = false;
  const proxy = createServer((socket) => {
    if (cut) {
      socket.destroy();
      return;
    }
    if (silent) {
      keep(socket);
      return;
    }
    const onward = connect(Number(couchdb.port || 80), couchdb.hostname);
    for (const one of [socket, onward]) {
      keep(one);
      one.once('close', () => {
        socket.destroy();
        onward.destroy();
      });
    }
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = new URL(couchdb);
  url.hostname = '127.0.0.1';
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    environment: await createEnvironment({ COUCHDB_URL: url.href, ...env }),
    takeAway: async () => {
      cut = true;
      for (const socket of sockets) socket.destroy();
    },
    takeAwaySilently: async () => {
      silent = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    giveBack: async () => {
      // What was kept is of nobody any more.
      if (silent) for (const socket of sockets) socket.destroy();
      cut = false;
      silent = false;
    },
    end: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
