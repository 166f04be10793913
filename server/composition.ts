/** The composition root: every part, and what it is given. Nothing else names an implementation of the store. */
import path from 'node:path';
import express, { type Express } from 'express';
import { isDocumentType } from '../shared-schemas/document-types.ts';
import { databasesOfClinic, patientDatabase, REFERENCE_DATABASE } from '../sync-rules/role-database.ts';
import { type SyncRules, syncRules } from '../sync-rules/sync-rules.ts';
import { accountsRouter } from './api/accounts-routes.ts';
import { clinicsRouter } from './api/clinics-routes.ts';
import { DocumentReader } from './api/document-reader.ts';
import { documentsRouter } from './api/documents-routes.ts';
import { healthRouter } from './api/health-routes.ts';
import { Accounts, type PublicAccount } from './auth/accounts.ts';
import { Devices } from './auth/devices.ts';
import { createFirstAdmin, type FirstAdmin } from './auth/first-admin.ts';
import { bearerAuth, principalOf } from './auth/middleware.ts';
import { authRouter } from './auth/routes.ts';
import { Sessions } from './auth/sessions.ts';
import { loadSigningSecret } from './auth/signing-secret.ts';
import { AccessTokens } from './auth/tokens.ts';
import { Clinics } from './clinics.ts';
import type { Config } from './config.ts';
import { problemHandler, unknownApiRoute } from './http/problem.ts';
import type { Logger } from './logger.ts';
import { Projector } from './projector/projector.ts';
import { Rebuild } from './projector/rebuild.ts';
import { epochOf, RoleDatabases } from './projector/role-databases.ts';
import { CouchStore } from './store/couchdb-store.ts';
import { EmbeddedStore } from './store/embedded-store.ts';
import type { Database, Store } from './store/store.ts';
import { RoleSyncDirectory } from './sync/role-sync-directory.ts';
import { createSyncRouter } from './sync/sync-router.ts';
import { UpdateSignal } from './sync/update-signal.ts';
import { ClinicalPolicy, type ReadBody } from './write/document-policy.ts';
import { HeldWrites } from './write/held-writes.ts';
import { History } from './write/history.ts';
import { KeyedLocks } from './write/keyed-locks.ts';
import { Settler } from './write/settle.ts';
import { WritePath } from './write/write-path.ts';

const DAY_MS = 86_400_000;

export interface Parts {
  readonly config: Config;
  readonly logger: Logger;
  readonly rules?: SyncRules;
  /** Instead of the store that the configuration names; whoever hands it in closes it. */
  readonly store?: Store;
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number;
}

/** The store that the configuration names. Throws StoreUnavailableError where it cannot be used. */
export function openStore({ couchdbUrl, dataDir }: Config): Promise<Store> {
  return couchdbUrl ? CouchStore.create(couchdbUrl) : EmbeddedStore.create({ folder: path.join(dataDir, 'databases') });
}

/** Documents and their role databases: what an import needs, and a server. */
export interface Core {
  readonly store: Store;
  readonly primary: Database;
  readonly history: History;
  readonly held: HeldWrites;
  readonly clinics: Clinics;
  readonly roleDatabases: RoleDatabases;
  readonly projector: Projector;
  readonly rebuild: Rebuild;
  readonly writePath: WritePath;
}

export async function buildCore({
  config,
  logger,
  rules = syncRules,
  nowMs = Date.now,
  store: given,
}: Parts): Promise<Core> {
  const store = given ?? (await openStore(config));
  const open = (name: string, partitioned = false) => store.open(`${config.dbPrefix}-${name}`, { partitioned });
  // First, as it tells whether another process has the data folder.
  const primary = await open('primary', true);
  const history = new History(await open('history', true));
  const held = new HeldWrites(await open('held'));
  const registry = await open('system');
  const locks = new KeyedLocks();
  const clinics = new Clinics(primary);
  const readBody: ReadBody = async (id, rev) =>
    (await primary.revisions([{ id, rev }]))[0]?.body ?? (await history.body(id, rev));
  const roleDatabases = await RoleDatabases.load({
    store,
    registry,
    prefix: config.dbPrefix,
    epoch: epochOf(rules.fingerprint),
  });
  // Another server that shares the store may create databases and switch them.
  if (store.shared) {
    store.onUpdate((name) => {
      if (name === registry.name)
        void roleDatabases.reload().catch((error: unknown) => logger.error({ err: error }, 'registry not read'));
    });
  }
  const settler = new Settler({ primary, readBody, nowMs });
  const projector = new Projector({
    store,
    primary,
    history,
    held,
    settler,
    roleDatabases,
    rules,
    locks,
    logger,
    nowMs,
  });
  const rebuild = new Rebuild({ primary, history, roleDatabases, rules, locks, logger });
  const policy = new ClinicalPolicy({
    rules,
    clinicExists: (slug) => clinics.exists(slug),
    maxDocumentBytes: config.maxDocumentKb * 1_024,
    nowMs,
  });
  const project = (leaves: Parameters<Projector['projectNow']>[0]) => projector.projectNow(leaves);
  const writePath = new WritePath({ primary, history, held, policy, settler, locks, readBody, project, nowMs });
  return { store, primary, history, held, clinics, roleDatabases, projector, rebuild, writePath };
}

/** Brings everything up to date that a stopped process left undone, before anyone is served. */
export async function prepareCore({ roleDatabases, projector, clinics }: Core): Promise<void> {
  await roleDatabases.removeUnused();
  if (!roleDatabases.get(REFERENCE_DATABASE.name)) {
    await roleDatabases.register(REFERENCE_DATABASE);
    await roleDatabases.completeBuild(REFERENCE_DATABASE.name);
  }
  await projector.catchUp();
  // Clinics that were there before a role was: its databases are built from the primary, as after a change of the rules.
  for (const slug of await clinics.slugs()) {
    for (const database of databasesOfClinic(slug)) await roleDatabases.register(database);
  }
}

export interface Server {
  readonly app: Express;
  readonly core: Core;
  /** Set where this start created the first administrator. */
  readonly firstAdmin: FirstAdmin | undefined;
  /** Ends requests that wait for something to happen. */
  endWaiting(): void;
  /** Ends background work, then closes the store. */
  close(): Promise<void>;
}

export async function buildServer(parts: Parts): Promise<Server> {
  const { config, logger, rules = syncRules, nowMs = Date.now } = parts;
  const core = await buildCore(parts);
  const { store, primary, roleDatabases, projector, rebuild, writePath, clinics } = core;
  await prepareCore(core);
  const auth = await buildAuth(store, parts);
  const ensurePatient = async (account: Pick<PublicAccount, 'role' | 'patientId'>) => {
    if (account.role !== 'patient' || !account.patientId) return;
    const database = patientDatabase(account.patientId);
    if (roleDatabases.get(database.name)?.serving) return;
    await roleDatabases.register(database);
    await rebuild.fillPatient({ database });
  };
  const ensureAccount = async (account: PublicAccount) => {
    await ensurePatient(account);
    await writePath.putTrusted(staffEntryOf(account));
  };
  // A server that stopped between an account and what comes with it left the second to this one.
  const known = await auth.accounts.list();
  for (const account of known) await ensurePatient(account);
  await writePath.putTrusted(known.flatMap(staffEntryOf));
  const firstAdmin = await createFirstAdmin(auth.accounts, config.adminPassword);
  const reader = new DocumentReader({ primary, roleDatabases, rules });
  const updates = new UpdateSignal(store);
  const background = new AbortController();
  const waiting = new AbortController();
  projector.start();
  const building = rebuild
    .bringUpToDate(background.signal)
    .catch((error: unknown) => logger.error({ err: error }, 'rebuild failed; it goes on at the next start'));

  const app = express().disable('x-powered-by').set('etag', false).set('query parser', 'simple');
  app.use(healthRouter(() => readiness(core, config.readyLagSeconds)));
  app.use(
    '/api',
    authRouter({ ...auth, loginAttemptsPerMinute: config.loginAttemptsPerMinute, publicUrl: config.publicUrl }),
    accountsRouter({
      ...auth,
      clinicExists: (slug) => clinics.exists(slug),
      onAccountCreated: ensureAccount,
    }),
    clinicsRouter({ sessions: auth.sessions, reader, writePath, nowMs }),
    documentsRouter({
      sessions: auth.sessions,
      reader,
      writePath,
      maxDocumentBytes: config.maxDocumentKb * 1_024,
      nowMs,
    }),
    unknownApiRoute,
    problemHandler(logger),
  );
  app.use(
    '/sync',
    createSyncRouter({
      directory: new RoleSyncDirectory({
        primary,
        roleDatabases,
        rules,
        writePath,
        updates,
        stopping: waiting.signal,
        onSessionEnd: endOfSession(auth.sessions),
      }),
      authenticate: bearerAuth(auth.sessions),
      principalOf,
      isType: isDocumentType,
      maxBodyBytes: config.maxBodyMb * 1_048_576,
      logger,
      serverId: `${config.dbPrefix}-${(await primary.info()).updateSeq.split('-')[1] ?? ''}`,
    }),
  );
  const removeExpired = setInterval(
    () =>
      void auth.sessions
        .removeExpired()
        .catch((error: unknown) => logger.error({ err: error }, 'expired sessions stay for now')),
    DAY_MS,
  ).unref();
  const close = async () => {
    clearInterval(removeExpired);
    background.abort();
    await building;
    await projector.stop();
    await auth.sessions.close();
    await store.close();
  };
  return { app, core, firstAdmin, endWaiting: () => waiting.abort(), close };
}

async function buildAuth(store: Store, { config, logger }: Parts) {
  const database = await store.open(`${config.dbPrefix}-accounts`);
  const accounts = new Accounts(database);
  const devices = new Devices(database);
  const secret = await loadSigningSecret(config.dataDir, config.jwtSecret);
  const accessTokens = new AccessTokens({ secret, lifeMinutes: config.accessTokenMinutes });
  const sessions = await Sessions.create({
    store,
    database,
    accounts,
    accessTokens,
    refreshTokenDays: config.refreshTokenDays,
    logger,
  });
  return { accounts, devices, sessions };
}

/** Tells one session's requests of its end. */
function endOfSession(sessions: Sessions) {
  const listeners = new Map<string, Set<() => void>>();
  sessions.onRevoked((sessionId) => {
    for (const listener of listeners.get(sessionId) ?? []) listener();
  });
  return (sessionId: string, listener: () => void) => {
    const set = listeners.get(sessionId) ?? new Set();
    listeners.set(sessionId, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0) listeners.delete(sessionId);
    };
  };
}

async function readiness({ store, projector, rebuild }: Core, maxLagSeconds: number) {
  const reachable = await store.ping().then(
    () => true,
    () => false,
  );
  const { pending, lagSeconds, failing } = projector.lag();
  const build = rebuild.progress();
  return {
    store: { ok: reachable },
    projector: { ok: !failing && lagSeconds <= maxLagSeconds, lagSeconds, pending },
    ...(build && { build: { databases: build.databases.length, done: build.done, total: build.total } }),
  };
}

/** Everyone on the staff is in the directory; the entry is named after the account. */
function staffEntryOf({ userId, role, name, clinicIds, createdAt }: PublicAccount) {
  if (role === 'patient') return [];
  const clinics = clinicIds.length > 0 ? { clinicIds } : {};
  const times = { createdAt, createdBy: userId, updatedAt: createdAt, updatedBy: userId };
  return [
    {
      id: `staff:staff:${userId.slice(1)}`,
      body: { type: 'staff', schemaVersion: 1, userId, name, role, ...clinics, ...times },
    },
  ];
}
