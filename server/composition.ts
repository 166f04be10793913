/** The server, wired: every part, and what it is given. */
import path from 'node:path';
import express, { type Express } from 'express';
import { isDocumentType } from '../shared-schemas/document-types.ts';
import { syncRules } from '../sync-rules/sync-rules.ts';
import { AccountDocuments } from './accounts/account-documents.ts';
import { ScopeDocuments } from './accounts/account-scopes.ts';
import { Accounts } from './accounts/accounts.ts';
import { accountsRoutes } from './accounts/accounts-routes.ts';
import { DashboardSessions } from './accounts/dashboard-sessions.ts';
import { Devices } from './accounts/devices.ts';
import { createFirstAdmin, type FirstAdmin } from './accounts/first-admin.ts';
import { KnownDevices } from './accounts/known-devices.ts';
import { bearerAuth, byTokenOrCookie } from './accounts/middleware.ts';
import { PasswordStrength } from './accounts/password-strength.ts';
import { removePatientAccounts } from './accounts/patient-accounts.ts';
import { authRoutes } from './accounts/routes.ts';
import { Sessions } from './accounts/sessions.ts';
import { setPasswordPage } from './accounts/set-password-page.ts';
import { loadSigningSecret } from './accounts/signing-secret.ts';
import { AccessTokens } from './accounts/tokens.ts';
import { adminRoutes } from './admin/admin-routes.ts';
import { type DashboardParts, dashboardParts } from './admin/dashboard-parts.ts';
import { liveObserver } from './admin/events/live-sources.ts';
import { metricsRouter } from './admin/monitoring/metrics-route.ts';
import { Monitoring } from './admin/monitoring/monitoring.ts';
import { accessCheck, rolesOf } from './api/access.ts';
import { apiRoutes } from './api/api-routes.ts';
import { documentSchemas } from './api/document-schemas.ts';
import { healthRouter, projectorCheck } from './api/health-routes.ts';
import { ListIndexes } from './api/lists/list-index.ts';
import { warmUp } from './api/lists/warm-up.ts';
import { AuditLog } from './audit/audit-log.ts';
import type { Config } from './config.ts';
import { dashboardPages } from './dashboard/dashboard-pages.ts';
import { buildCore, type Core, type CoreParts, prepareCore } from './documents/core.ts';
import { Erasure } from './documents/erasure/erasure.ts';
import { FreshReplicas } from './gateway/fresh-replicas.ts';
import { RoleSyncDirectory } from './gateway/role-sync-directory.ts';
import { observeAll } from './gateway/sync-observer.ts';
import { createSyncRouter } from './gateway/sync-router.ts';
import { UpdateSignal } from './gateway/update-signal.ts';
import type { ApiRoute } from './http/api-route.ts';
import { Cursors } from './http/cursor.ts';
import { mountRoutes } from './http/mount-routes.ts';
import { describeApi } from './http/openapi/describe.ts';
import { docsRouter } from './http/openapi/docs-router.ts';
import { problemHandler, unknownApiRoute } from './http/problem.ts';
import { declaredBytes, requestMeter, syncKindOf } from './http/request-meter.ts';
import { principalOf } from './http/request-principal.ts';
import { VERSION } from './lib/version.ts';
import type { Store } from './store/store.ts';

const DAY_MS = 86_400_000;

export interface Parts extends CoreParts {
  readonly config: Config;
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
  const { config, logger, nowMs = Date.now } = parts;
  const core = await buildCore(parts);
  const { store, primary, projector, rebuild } = core;
  await prepareCore(core);
  const auth = await buildAuth(store, parts);
  const accountDocuments = new AccountDocuments({ ...core, nowMs });
  const scopes = new ScopeDocuments(primary);
  const strength = new PasswordStrength({ clinicNames: (clinicIds) => scopes.clinicNames(clinicIds) });
  const audit = new AuditLog(await store.open(`${config.dbPrefix}-audit`), nowMs);
  const firstAdmin = await createFirstAdmin({
    accounts: auth.accounts,
    audit,
    configuredPassword: config.adminPassword,
    strength,
    logger,
  });
  await accountDocuments.ensure(await auth.accounts.list());
  const lists = await ListIndexes.open({ folder: path.join(config.dataDir, 'index'), store, logger });
  const background = new AbortController();
  const waiting = new AbortController();
  projector.start();
  const warming = warmUp({ ...core, lists, signal: background.signal }).catch((error: unknown) => {
    if (!background.signal.aborted) logger.error({ err: error }, 'the index of lists waits for the first list');
  });
  const erasure = new Erasure({
    ...core,
    databasePrefix: config.dbPrefix,
    auditLog: audit,
    onErased: async (patientId) => {
      await removePatientAccounts(auth, patientId);
      await warmUp({ ...core, lists, signal: background.signal });
      // Not done where the server stops meanwhile: the next one goes on.
      background.signal.throwIfAborted();
      await lists.compact();
    },
  });
  const erasing = erasure
    .resume()
    .catch((error: unknown) => logger.error({ err: error }, 'erasures wait for the next start'));
  // Afterwards: a build that begins removes databases which an erasure may be in the middle of.
  void erasing.then(() => core.builds.start());
  const monitoring = await Monitoring.open({
    ...core,
    databasePrefix: config.dbPrefix,
    dataDir: config.dataDir,
    devices: auth.knownDevices,
    refreshTokenDays: config.refreshTokenDays,
    lag: () => projector.lag(),
    build: () => rebuild.progress(),
    logger,
    nowMs,
  });
  monitoring.health.store.onChange(() => projector.retry());
  const dashboard = dashboardParts({ core, monitoring, config, rules: parts.rules ?? syncRules, logger, nowMs });
  const served: Served = {
    core,
    auth,
    accountDocuments,
    scopes,
    strength,
    lists,
    audit,
    erasure,
    monitoring,
    dashboard,
    onSessionEnd: endOfSession(auth.sessions),
    stopping: waiting.signal,
  };
  const app = await buildApp(parts, served, routesOf(parts, served));
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
    await erasure.stop();
    await erasing;
    await core.builds.stop();
    await dashboard.close();
    await projector.stop();
    await core.registryFollower?.close();
    await monitoring.close();
    await auth.knownDevices.close();
    await auth.sessions.close();
    await lists.close();
    await warming;
    await store.close();
  };
  return { app, core, firstAdmin, endWaiting: () => waiting.abort(), close };
}

/** What requests are served from. */
interface Served {
  readonly core: Core;
  readonly auth: Awaited<ReturnType<typeof buildAuth>>;
  readonly accountDocuments: AccountDocuments;
  readonly scopes: ScopeDocuments;
  readonly strength: PasswordStrength;
  readonly lists: ListIndexes;
  readonly audit: AuditLog;
  readonly erasure: Erasure;
  readonly monitoring: Monitoring;
  readonly dashboard: DashboardParts;
  readonly onSessionEnd: ReturnType<typeof endOfSession>;
  /** Aborted when the server stops: requests that wait for something end. */
  readonly stopping: AbortSignal;
}

/** Every route of `/api`. */
function routesOf({ config, rules = syncRules, nowMs = Date.now }: Parts, served: Served): ApiRoute[] {
  const { core, auth, accountDocuments, scopes, strength, lists, audit, erasure, monitoring } = served;
  const { loginAttemptsPerMinute, publicUrl } = config;
  const common = {
    rules,
    audit,
    cursors: new Cursors(auth.secret),
    maxDocumentBytes: config.maxDocumentKb * 1_024,
    nowMs,
  };
  const people = { ...auth, strength, publicUrl, record: audit.record };
  return [
    ...authRoutes({ ...people, loginAttemptsPerMinute }),
    ...accountsRoutes({
      ...people,
      ...common,
      exclusion: core.exclusion,
      clinicExists: (slug) => core.clinics.exists(slug),
      patientExists: (patientId) => scopes.patientExists(patientId),
      onAccountCreated: (account) => accountDocuments.ensure([account]),
      onAccountChanged: (account) => accountDocuments.follow(account),
    }),
    ...apiRoutes({ ...core, ...common, lists, erasure }),
    ...adminRoutes({
      ...core,
      ...auth,
      ...common,
      ...monitoring,
      ...served.dashboard,
      loginAttemptsPerMinute,
      readyLagSeconds: config.readyLagSeconds,
      openHeldWrites: monitoring.health.heldWrites,
      storeWatch: monitoring.health.store,
      onSessionEnd: served.onSessionEnd,
      stopping: served.stopping,
    }),
  ];
}

/** `/api` and `/sync` first: what follows is asked for rarely. */
async function buildApp(
  { config, logger, rules = syncRules }: Parts,
  { core, auth, monitoring, dashboard, onSessionEnd, stopping }: Served,
  routes: readonly ApiRoute[],
): Promise<Express> {
  const { primary, roleDatabases, writePath, store } = core;
  const updates = new UpdateSignal(store);
  const replicas = new FreshReplicas({ ...auth, known: auth.knownDevices, logger });
  const app = express().disable('x-powered-by').set('etag', false).set('query parser', 'simple');
  app.set('trust proxy', config.trustProxy);
  app.use(
    '/api',
    requestMeter(() => 'api', monitoring.requestSinks, declaredBytes),
    mountRoutes(routes, { authenticate: auth.authenticate, checkAccess: accessCheck(rules) }),
    docsRouter(
      describeApi(routes, {
        version: VERSION,
        schemas: documentSchemas(),
        rolesOf: (access) => rolesOf(rules, access),
      }),
    ),
    unknownApiRoute,
    problemHandler(logger, monitoring.health.store),
  );
  app.use(
    '/sync',
    requestMeter(syncKindOf, monitoring.requestSinks),
    createSyncRouter({
      observer: observeAll([monitoring.observer, replicas.observe, liveObserver(dashboard.changes)]),
      directory: new RoleSyncDirectory({
        primary,
        roleDatabases,
        rules,
        writePath,
        updates,
        pause: core.pause,
        replicas,
        stopping,
        onSessionEnd,
      }),
      authenticate: bearerAuth(auth.sessions),
      principalOf,
      isType: isDocumentType,
      maxBodyBytes: config.maxBodyMb * 1_048_576,
      logger,
      serverId: `${config.dbPrefix}-${(await primary.info()).updateSeq.split('-')[1] ?? ''}`,
    }),
  );
  app.use(
    healthRouter(() => readiness(core, config.readyLagSeconds)),
    metricsRouter({ metrics: monitoring.metrics, token: config.metricsToken }),
    setPasswordPage(),
    dashboardPages(logger),
    unknownApiRoute,
    problemHandler(logger, monitoring.health.store),
  );
  return app;
}

async function buildAuth(store: Store, { config, logger }: Parts) {
  const database = await store.open(`${config.dbPrefix}-accounts`);
  const accounts = new Accounts(database);
  const devices = new Devices(database);
  const knownDevices = await KnownDevices.open({ devices, database, store, logger });
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
  const dashboard = new DashboardSessions({ sessions, secret, publicUrl: config.publicUrl });
  const authenticate = byTokenOrCookie(sessions, dashboard);
  return { database, accounts, devices, knownDevices, sessions, secret, dashboard, authenticate };
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

async function readiness({ store, projector, pause, rebuild }: Core, maxLagSeconds: number) {
  const reachable = await store.ping().then(
    () => true,
    () => false,
  );
  const { pending, lagSeconds, failing } = projector.lag();
  const build = rebuild.progress();
  return {
    store: { ok: reachable },
    projector: { lagSeconds, pending, ...projectorCheck({ failing, lagSeconds, maxLagSeconds, paused: pause.paused }) },
    ...(build && { build: { databases: build.databases.length, done: build.done, total: build.total } }),
  };
}
