/** The composition root: every part, and what it is given. Nothing else names an implementation of the store. */
import path from 'node:path';
import express, { type Express } from 'express';
import { isDocumentType } from '../shared-schemas/document-types.ts';
import { clinicDatabase, databasesOfClinic, patientDatabase, REFERENCE_DATABASE } from '../sync-rules/role-database.ts';
import { type SyncRules, syncRules } from '../sync-rules/sync-rules.ts';
import { AccountDocuments } from './account-documents.ts';
import { accessCheck, rolesOf } from './api/access.ts';
import { accountsRoutes } from './api/accounts-routes.ts';
import { apiRoutes } from './api/api-routes.ts';
import { Cursors } from './api/cursor.ts';
import { healthRouter } from './api/health-routes.ts';
import { setPasswordPage } from './api/set-password-page.ts';
import { ScopeDocuments } from './auth/account-scopes.ts';
import { Accounts } from './auth/accounts.ts';
import { recordNothing } from './auth/auth-events.ts';
import { Devices } from './auth/devices.ts';
import { createFirstAdmin, type FirstAdmin } from './auth/first-admin.ts';
import { bearerAuth, principalOf } from './auth/middleware.ts';
import { PasswordStrength } from './auth/password-strength.ts';
import { authRoutes } from './auth/routes.ts';
import { Sessions } from './auth/sessions.ts';
import { loadSigningSecret } from './auth/signing-secret.ts';
import { AccessTokens } from './auth/tokens.ts';
import { Clinics } from './clinics.ts';
import type { Config } from './config.ts';
import { mountRoutes } from './http/mount-routes.ts';
import { problemHandler, unknownApiRoute } from './http/problem.ts';
import { ListIndexes } from './lists/list-index.ts';
import type { Logger } from './logger.ts';
import { describeApi } from './openapi/describe.ts';
import { docsRouter } from './openapi/docs-router.ts';
import { Projector } from './projector/projector.ts';
import { Rebuild } from './projector/rebuild.ts';
import { epochOf, RoleDatabases } from './projector/role-databases.ts';
import { CouchStore } from './store/couchdb-store.ts';
import { EmbeddedStore } from './store/embedded-store.ts';
import type { Database, Store } from './store/store.ts';
import { RoleSyncDirectory } from './sync/role-sync-directory.ts';
import { createSyncRouter } from './sync/sync-router.ts';
import { UpdateSignal } from './sync/update-signal.ts';
import { VERSION } from './version.ts';
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
  readonly readBody: ReadBody;
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
  const clinics = new Clinics(primary, nowMs);
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
    // A doctor sees every patient of the clinic.
    clinicInUse: async (slug) => {
      const patients = await roleDatabases.serving(clinicDatabase('doctor', slug).name);
      return ((await patients?.range({ limit: 1 })) ?? []).length > 0;
    },
    maxDocumentBytes: config.maxDocumentKb * 1_024,
    nowMs,
  });
  const project = (leaves: Parameters<Projector['projectNow']>[0]) => projector.projectNow(leaves);
  const writePath = new WritePath({ primary, history, held, policy, settler, locks, readBody, project, nowMs });
  return { store, primary, history, held, clinics, roleDatabases, projector, rebuild, writePath, readBody };
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
  const accountDocuments = new AccountDocuments({ ...core, nowMs });
  await accountDocuments.ensure(await auth.accounts.list());
  const scopes = new ScopeDocuments(primary);
  const strength = new PasswordStrength({ clinicNames: (clinicIds) => scopes.clinicNames(clinicIds) });
  const { adminPassword: configuredPassword, loginAttemptsPerMinute, publicUrl } = config;
  const firstAdmin = await createFirstAdmin({ accounts: auth.accounts, configuredPassword, strength, logger });
  const lists = await ListIndexes.open({ folder: path.join(config.dataDir, 'index'), store, logger });
  const updates = new UpdateSignal(store);
  const background = new AbortController();
  const waiting = new AbortController();
  projector.start();
  const building = rebuild
    .bringUpToDate(background.signal)
    .catch((error: unknown) => logger.error({ err: error }, 'rebuild failed; it goes on at the next start'));

  const routes = [
    ...authRoutes({ ...auth, strength, loginAttemptsPerMinute, publicUrl, record: recordNothing }),
    ...accountsRoutes({
      ...auth,
      strength,
      publicUrl,
      record: recordNothing,
      cursors: new Cursors(auth.secret),
      nowMs,
      clinicExists: (slug) => clinics.exists(slug),
      patientExists: (patientId) => scopes.patientExists(patientId),
      onAccountCreated: (account) => accountDocuments.ensure([account]),
      onAccountChanged: (account) => accountDocuments.follow(account),
    }),
    ...apiRoutes({
      ...core,
      rules,
      lists,
      secret: auth.secret,
      recordExport: () => Promise.resolve(),
      maxDocumentBytes: config.maxDocumentKb * 1_024,
      nowMs,
    }),
  ];
  const app = express().disable('x-powered-by').set('etag', false).set('query parser', 'simple');
  app.set('trust proxy', config.trustProxy);
  app.use(setPasswordPage());
  app.use(healthRouter(() => readiness(core, config.readyLagSeconds)));
  app.use(
    '/api',
    docsRouter(describeApi(routes, { version: VERSION, rolesOf: (access) => rolesOf(rules, access) })),
    mountRoutes(routes, { sessions: auth.sessions, checkAccess: accessCheck(rules) }),
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
    await lists.close();
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
  return { accounts, devices, sessions, secret };
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
