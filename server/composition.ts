/** The server, wired: every part, and what it is given. */
import express, { type Express } from 'express';
import { syncRules } from '../sync-rules/sync-rules.ts';
import { accountsRoutes } from './accounts/accounts-routes.ts';
import { type BuiltAccounts, buildAccounts } from './accounts/build-accounts.ts';
import type { FirstAdmin } from './accounts/first-admin.ts';
import { removePatientAccounts } from './accounts/patient-accounts.ts';
import { authRoutes } from './accounts/routes.ts';
import { setPasswordPage } from './accounts/set-password-page.ts';
import { adminRoutes } from './admin/admin-routes.ts';
import { type DashboardParts, dashboardParts } from './admin/dashboard-parts.ts';
import { liveObserver } from './admin/events/live-sources.ts';
import { metricsRouter } from './admin/monitoring/metrics-route.ts';
import { Monitoring } from './admin/monitoring/monitoring.ts';
import { accessCheck, rolesOf } from './api/access.ts';
import { apiRoutes } from './api/api-routes.ts';
import { documentSchemas } from './api/document-schemas.ts';
import { healthRouter, readinessOf } from './api/health-routes.ts';
import { buildLists } from './api/lists/build-lists.ts';
import type { ListIndexes } from './api/lists/list-index.ts';
import { warmUp } from './api/lists/warm-up.ts';
import { AuditLog } from './audit/audit-log.ts';
import type { Config } from './config.ts';
import { dashboardPages } from './dashboard/dashboard-pages.ts';
import { buildCore, type Core, type CoreParts, prepareCore } from './documents/core.ts';
import { Erasure } from './documents/erasure/erasure.ts';
import { buildGateway } from './gateway/build-gateway.ts';
import { DeviceLocals } from './gateway/device-locals.ts';
import type { ApiRoute } from './http/api-route.ts';
import { Cursors } from './http/cursor.ts';
import { mountRoutes } from './http/mount-routes.ts';
import { describeApi } from './http/openapi/describe.ts';
import { docsRouter } from './http/openapi/docs-router.ts';
import { problemHandler, unknownApiRoute } from './http/problem.ts';
import { declaredBytes, requestMeter, syncKindOf } from './http/request-meter.ts';
import type { Lifecycle } from './lib/lifecycle.ts';
import { VERSION } from './lib/version.ts';

export interface Parts extends CoreParts {
  readonly config: Config;
  /** Whoever hands it in stops it, also where the server could not be built. */
  readonly lifecycle: Pick<Lifecycle, 'onStop' | 'stopping'>;
}

export interface Server {
  readonly app: Express;
  readonly core: Core;
  /** Set where this start created the first administrator. */
  readonly firstAdmin: FirstAdmin | undefined;
}

/** The parts, each after those that it is built on. */
interface Built extends Required<Omit<Parts, 'store'>> {
  readonly core: Core;
  readonly accounts: BuiltAccounts;
  readonly locals: DeviceLocals;
  readonly audit: AuditLog;
  readonly lists: ListIndexes;
  readonly erasure: Erasure;
  readonly monitoring: Monitoring;
  readonly dashboard: DashboardParts;
}

export async function buildServer({ rules = syncRules, nowMs = Date.now, ...given }: Parts): Promise<Server> {
  const parts = { ...given, rules, nowMs };
  const core = await buildCore(parts);
  await prepareCore(core);
  const audit = new AuditLog(await core.store.open(`${parts.config.dbPrefix}-audit`), nowMs);
  const accounts = await buildAccounts({ ...parts, core, audit });
  const locals = new DeviceLocals(core);
  const lists = await buildLists({ ...parts, core });
  core.projector.start();
  const erasure = buildErasure({ ...parts, core, accounts, locals, audit, lists });
  const monitoring = await buildMonitoring({ ...parts, core, accounts });
  const dashboard = dashboardParts({ ...parts, core, monitoring });
  const app = await buildApp({ ...parts, core, accounts, locals, audit, lists, erasure, monitoring, dashboard });
  return { app, core, firstAdmin: accounts.firstAdmin };
}

type ErasureParts = Pick<Built, 'config' | 'logger' | 'lifecycle' | 'core' | 'accounts' | 'locals' | 'audit' | 'lists'>;

/** Goes on with what the last process left undone. */
function buildErasure({ config, logger, lifecycle, core, accounts, locals, audit, lists }: ErasureParts): Erasure {
  const { stopping } = lifecycle;
  const erasure = new Erasure({
    ...core,
    databasePrefix: config.dbPrefix,
    auditLog: audit,
    onErased: async (patientId) => {
      await removePatientAccounts({ ...accounts, locals }, patientId);
      await warmUp({ ...core, lists, signal: stopping });
      // Not done where the server stops meanwhile: the next one goes on.
      stopping.throwIfAborted();
      await lists.compact();
    },
  });
  const resumed = erasure
    .resume()
    .catch((error: unknown) => logger.error({ err: error }, 'erasures wait for the next start'))
    // Not before: a build that begins removes databases which an erasure may be in the middle of.
    .then(() => core.builds.start());
  lifecycle.onStop('erasures', async () => {
    await erasure.stop();
    await resumed;
  });
  return erasure;
}

async function buildMonitoring(
  parts: Pick<Built, 'config' | 'logger' | 'lifecycle' | 'nowMs' | 'core' | 'accounts'>,
): Promise<Monitoring> {
  const { config, core, accounts } = parts;
  const { projector, rebuild } = core;
  const monitoring = await Monitoring.open({
    ...parts,
    ...core,
    databasePrefix: config.dbPrefix,
    dataDir: config.dataDir,
    devices: accounts.knownDevices,
    refreshTokenDays: config.refreshTokenDays,
    lag: () => projector.lag(),
    build: () => rebuild.progress(),
  });
  monitoring.health.store.onChange(() => projector.retry());
  return monitoring;
}

/** `/api` and `/sync` first: what follows is asked for rarely. */
async function buildApp(built: Built): Promise<Express> {
  const { config, logger, rules, nowMs, lifecycle, core, accounts, locals, monitoring, dashboard } = built;
  const routes = routesOf(built);
  const description = describeApi(routes, {
    version: VERSION,
    schemas: documentSchemas(),
    rolesOf: (access) => rolesOf(rules, access),
  });
  const app = express().disable('x-powered-by').set('etag', false).set('query parser', 'simple');
  app.set('trust proxy', config.trustProxy);
  app.use(
    '/api',
    requestMeter(() => 'api', monitoring.requestSinks, declaredBytes),
    mountRoutes(routes, { authenticate: accounts.authenticate, checkAccess: accessCheck(rules) }),
    docsRouter(description),
    unknownApiRoute,
    problemHandler(logger, monitoring.health.store),
  );
  const observers = [monitoring.observer, liveObserver(dashboard.changes)];
  app.use(
    '/sync',
    requestMeter(syncKindOf, monitoring.requestSinks),
    await buildGateway({
      core,
      accounts,
      locals,
      config,
      rules,
      observers,
      stopping: lifecycle.stopping,
      nowMs,
      logger,
    }),
  );
  app.use(
    healthRouter(() => readinessOf(core, config.readyLagSeconds)),
    metricsRouter({ metrics: monitoring.metrics, token: config.metricsToken }),
    setPasswordPage(),
    dashboardPages(logger),
    unknownApiRoute,
    problemHandler(logger, monitoring.health.store),
  );
  return app;
}

/** Every route of `/api`. */
function routesOf(built: Built): ApiRoute[] {
  const { config, rules, nowMs, lifecycle, core, accounts, locals, audit, lists, erasure, monitoring, dashboard } =
    built;
  const { readyLagSeconds, publicUrl } = config;
  const { accountDocuments, scopes } = accounts;
  const { heldWrites, store: storeWatch } = monitoring.health;
  const maxDocumentBytes = config.maxDocumentKb * 1_024;
  const common = { rules, audit, cursors: new Cursors(accounts.secret), maxDocumentBytes, nowMs };
  const people = { ...accounts, publicUrl };
  return [
    ...authRoutes(people),
    ...accountsRoutes({
      ...people,
      ...common,
      clinicExists: (slug) => core.clinics.exists(slug),
      exclusion: core.exclusion,
      patientExists: (patientId) => scopes.patientExists(patientId),
      onAccountCreated: (account) => accountDocuments.ensure([account]),
      onAccountChanged: (account) => accountDocuments.follow(account),
    }),
    ...apiRoutes({ ...core, ...common, lists, erasure }),
    ...adminRoutes({
      ...core,
      ...accounts,
      ...common,
      ...monitoring,
      ...dashboard,
      audit: { record: accounts.record },
      readyLagSeconds,
      locals,
      maxDevices: config.maxDevicesPerAccount,
      openHeldWrites: heldWrites,
      storeWatch,
      stopping: lifecycle.stopping,
    }),
  ];
}
