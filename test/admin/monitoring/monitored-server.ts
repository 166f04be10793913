/** The sync gateway of a running server once more, on a port of its own, with everything it does observed. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import express from 'express';
import { Accounts } from '../../../server/accounts/accounts.ts';
import { Devices } from '../../../server/accounts/devices.ts';
import { KnownDevices } from '../../../server/accounts/known-devices.ts';
import { deviceAuth } from '../../../server/accounts/middleware.ts';
import { Sessions } from '../../../server/accounts/sessions.ts';
import { loadSigningSecret } from '../../../server/accounts/signing-secret.ts';
import { SyncingDevices } from '../../../server/accounts/syncing-devices.ts';
import { AccessTokens } from '../../../server/accounts/tokens.ts';
import { DeviceActivity, type DeviceView } from '../../../server/admin/monitoring/device-activity.ts';
import { PACE } from '../../../server/gateway/build-gateway.ts';
import { DeviceLocals } from '../../../server/gateway/device-locals.ts';
import { FreshReplicas } from '../../../server/gateway/fresh-replicas.ts';
import { RoleSyncDirectory } from '../../../server/gateway/role-sync-directory.ts';
import type { SyncObserver } from '../../../server/gateway/sync-observer.ts';
import { createSyncRouter } from '../../../server/gateway/sync-router.ts';
import { UpdateSignal } from '../../../server/gateway/update-signal.ts';
import { principalOf } from '../../../server/http/request-principal.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { Pace } from '../../../server/lib/pace.ts';
import type { Database } from '../../../server/store/store.ts';
import { isDocumentType } from '../../../shared-schemas/document-types.ts';
import { syncRules } from '../../../sync-rules/sync-rules.ts';
import type { Login } from '../../support/api-client.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';

const logger = createLogger({ level: 'warn', pretty: false });

/** Sessions and devices of the server, as another server on the same store has them. */
export async function authOf({ core: { store }, environment: { env, folder } }: TestServer) {
  const database = await store.open(`${env.VITASYNC_DB_PREFIX}-accounts`);
  const accounts = new Accounts(database);
  const secret = await loadSigningSecret(path.resolve(folder), undefined);
  const accessTokens = new AccessTokens({ secret, lifeMinutes: 15 });
  const sessions = await Sessions.create({ store, database, accounts, accessTokens, refreshTokenDays: 90, logger });
  return { database, sessions, devices: new Devices(database) };
}

export class MonitoredServer {
  readonly server: TestServer;
  readonly database: Database;
  readonly #close: () => Promise<void>;
  #url = '';
  #activity: DeviceActivity;
  readonly extra: SyncObserver[] = [];

  private constructor(server: TestServer, database: Database, activity: DeviceActivity, close: () => Promise<void>) {
    this.server = server;
    this.database = database;
    this.#activity = activity;
    this.#close = close;
  }

  static async start(): Promise<MonitoredServer> {
    const server = await startServer();
    const { store, registry, primary, roleDatabases, writePath, pause } = server.core;
    const database = await store.open(`${server.environment.env.VITASYNC_DB_PREFIX}-monitoring`);
    const { sessions, devices, database: accountsDatabase } = await authOf(server);
    const known = await KnownDevices.open({ devices, database: accountsDatabase, store, logger });
    const replicas = new FreshReplicas({ known, devices, logger });
    const stopping = new AbortController();
    const pace = new Pace(PACE);
    const directory = new RoleSyncDirectory({
      registry,
      primary,
      roleDatabases,
      rules: syncRules,
      writePath,
      pause,
      updates: new UpdateSignal(store),
      replicas,
      stopping: stopping.signal,
      onSessionEnd: () => () => {},
      nowMs: Date.now,
      pace,
    });
    const app = express().set('etag', false).set('query parser', 'simple');
    const http = createServer(app);
    const monitored = new MonitoredServer(server, database, await openActivity(database), async () => {
      stopping.abort();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await known.close();
      await sessions.close();
    });
    app.use(
      '/sync',
      createSyncRouter({
        directory,
        authenticate: deviceAuth(sessions, new SyncingDevices({ devices, knownDevices: known, sessions })),
        principalOf,
        isType: isDocumentType,
        maxBodyBytes: 1_048_576,
        maxDocumentBytes: 1_048_576,
        logger,
        serverId: 'monitored',
        pace,
        locals: new DeviceLocals(server.core),
        observer: (contact, event) => {
          monitored.#activity.observe(contact, event);
          for (const observer of monitored.extra) observer(contact, event);
        },
      }),
    );
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    monitored.#url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    return monitored;
  }

  get activity(): DeviceActivity {
    return this.#activity;
  }

  /** A login whose databases are those of the observed gateway. */
  observed(login: Login): Login {
    const { url } = this.server;
    return { ...login, databases: login.databases.map((one) => ({ ...one, url: one.url.replace(url, this.#url) })) };
  }

  /** As when the server stops in order and starts again. */
  async restartActivity(): Promise<void> {
    await this.#activity.close();
    this.#activity = await openActivity(this.database);
  }

  /** The device as it is once everything that it asked for so far has been noted. */
  async device({ principal: { deviceId } }: Login): Promise<DeviceView> {
    return waitFor(() => this.#activity.get(deviceId), { what: 'the device being known' });
  }

  async close(): Promise<void> {
    await this.#close();
    await this.#activity.close();
    await this.server.close();
  }
}

const openActivity = (database: Database) => DeviceActivity.open({ database, serverId: 's1', shared: false, logger });
