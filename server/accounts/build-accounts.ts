/** Accounts with everything that belongs to people and their devices, wired. */
import type { AuditLog } from '../audit/audit-log.ts';
import type { Core } from '../documents/core.ts';
import type { Lifecycle } from '../lib/lifecycle.ts';
import type { Logger } from '../lib/logger.ts';
import { AccountDocuments } from './account-documents.ts';
import { ScopeDocuments } from './account-scopes.ts';
import { Accounts } from './accounts.ts';
import { BoundedRefusals } from './bounded-refusals.ts';
import { DashboardSessions } from './dashboard-sessions.ts';
import { Devices } from './devices.ts';
import { createFirstAdmin } from './first-admin.ts';
import { KnownDevices } from './known-devices.ts';
import { LoginAttempts } from './login-attempts.ts';
import { byTokenOrCookie } from './middleware.ts';
import { PasswordStrength } from './password-strength.ts';
import { Sessions } from './sessions.ts';
import { loadSigningSecret } from './signing-secret.ts';
import { SyncingDevices } from './syncing-devices.ts';
import { AccessTokens } from './tokens.ts';

const DAY_MS = 86_400_000;

export interface AccountsParts {
  readonly core: Core;
  readonly audit: AuditLog;
  readonly config: {
    readonly dbPrefix: string;
    readonly dataDir: string;
    readonly jwtSecret: string | undefined;
    readonly adminPassword: string | undefined;
    readonly accessTokenMinutes: number;
    readonly refreshTokenDays: number;
    readonly publicUrl: string | undefined;
    readonly maxDevicesPerAccount: number;
    readonly loginAttemptsPerMinute: number;
  };
  readonly logger: Logger;
  readonly lifecycle: Pick<Lifecycle, 'onStop'>;
  readonly nowMs: () => number;
}

export type BuiltAccounts = Awaited<ReturnType<typeof buildAccounts>>;

export async function buildAccounts({ core, audit, config, logger, lifecycle, nowMs }: AccountsParts) {
  const { store, primary } = core;
  const database = await store.open(`${config.dbPrefix}-accounts`);
  const accounts = new Accounts(database);
  const devices = new Devices(database, nowMs, config.maxDevicesPerAccount);
  const knownDevices = await KnownDevices.open({ devices, database, store, logger });
  lifecycle.onStop('known devices', () => knownDevices.close());
  const secret = await loadSigningSecret(config.dataDir, config.jwtSecret);
  const accessTokens = new AccessTokens({ secret, lifeMinutes: config.accessTokenMinutes });
  const { refreshTokenDays, publicUrl } = config;
  const sessions = await Sessions.create({ store, database, accounts, accessTokens, refreshTokenDays, logger });
  lifecycle.onStop('sessions', () => sessions.close());
  lifecycle.onStop('removal of expired sessions', removeExpiredDaily(sessions, logger));
  const refusals = new BoundedRefusals(audit.record, logger);
  lifecycle.onStop('counts of refused attempts', () => refusals.close());
  const dashboard = new DashboardSessions({ sessions, secret, publicUrl });
  const scopes = new ScopeDocuments(primary);
  const strength = new PasswordStrength({ clinicNames: (clinicIds) => scopes.clinicNames(clinicIds) });
  const accountDocuments = new AccountDocuments({ ...core, nowMs });
  const configuredPassword = config.adminPassword;
  const firstAdmin = await createFirstAdmin({ accounts, audit, configuredPassword, strength, logger });
  await accountDocuments.ensure(await accounts.list());
  return {
    database,
    accounts,
    devices,
    knownDevices,
    sessions,
    syncingDevices: new SyncingDevices({ devices, knownDevices, sessions }),
    attempts: new LoginAttempts({ perMinute: config.loginAttemptsPerMinute }),
    /** Of what people do with accounts; as the audit log's, with refusals bounded. */
    record: refusals.record,
    secret,
    dashboard,
    authenticate: byTokenOrCookie(sessions, dashboard),
    onSessionEnd: endOfSession(sessions),
    scopes,
    strength,
    accountDocuments,
    /** Set where this start created the first administrator. */
    firstAdmin,
  };
}

/** Until the function that it answers is called. */
function removeExpiredDaily(sessions: Sessions, logger: Logger): () => void {
  const remove = () =>
    sessions.removeExpired().catch((error: unknown) => logger.error({ err: error }, 'expired sessions stay for now'));
  const timer = setInterval(() => void remove(), DAY_MS).unref();
  return () => clearInterval(timer);
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
