/** A real server with nothing but authentication, on a free port, with a clock that tests can move. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import express from 'express';
import type { Account, AccountView } from '../../server/accounts/account.ts';
import { Accounts, type NewAccount } from '../../server/accounts/accounts.ts';
import { accountsRoutes } from '../../server/accounts/accounts-routes.ts';
import { Devices } from '../../server/accounts/devices.ts';
import { LoginAttempts } from '../../server/accounts/login-attempts.ts';
import { authenticate } from '../../server/accounts/middleware.ts';
import { PasswordStrength } from '../../server/accounts/password-strength.ts';
import { authRoutes } from '../../server/accounts/routes.ts';
import { Sessions } from '../../server/accounts/sessions.ts';
import { setPasswordPage } from '../../server/accounts/set-password-page.ts';
import { AccessTokens } from '../../server/accounts/tokens.ts';
import { accessCheck } from '../../server/api/access.ts';
import { documentSchemas } from '../../server/api/document-schemas.ts';
import type { AuthEvent } from '../../server/audit/account-events.ts';
import { Cursors } from '../../server/http/cursor.ts';
import { mountRoutes } from '../../server/http/mount-routes.ts';
import { describeApi } from '../../server/http/openapi/describe.ts';
import { problemHandler, unknownApiRoute } from '../../server/http/problem.ts';
import { createLogger } from '../../server/lib/logger.ts';
import { EmbeddedStore } from '../../server/store/embedded-store.ts';
import { LocalExclusion } from '../../server/store/local-exclusion.ts';
import type { Database, Store } from '../../server/store/store.ts';
import { newPatientId } from '../../shared-schemas/ids.ts';
import { ROLES } from '../../shared-schemas/roles.ts';
import { syncRules } from '../../sync-rules/sync-rules.ts';
import { DescribedAnswers } from '../support/described-answers.ts';

export const SECRET = 'a secret for tests that is long enough';
export const PASSWORD = 'correct horse battery';
/** A patient who exists; there is no other. */
export const PATIENT = newPatientId();
export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface LoginAnswer {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: string;
  readonly refreshToken: string;
  readonly deviceSecret?: string;
  readonly principal: Readonly<Record<string, string>>;
  readonly databases: readonly { readonly name: string; readonly url: string; readonly types: readonly string[] }[];
}

/** The problem's code, and only that. */
export const codeOf = ({ status, body }: Answer): string => `${status} ${String(body.code)}`;

const logger = createLogger({ level: 'silent', pretty: false });

async function createSessions(
  store: Store,
  database: Database,
  accounts: Accounts,
  now: () => number,
): Promise<Sessions> {
  const accessTokens = new AccessTokens({ secret: SECRET, lifeMinutes: 15, now });
  return await Sessions.create({ store, database, accounts, accessTokens, refreshTokenDays: 90, logger, now });
}

class Clock {
  #offsetMs = 0;
  readonly now = (): number => Date.now() + this.#offsetMs;

  advance(durationMs: number): void {
    this.#offsetMs += durationMs;
  }
}

export class AuthServer {
  readonly store: Store;
  readonly database: Database;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly devices: Devices;
  readonly exclusion = new LocalExclusion();
  readonly events: AuthEvent[] = [];
  readonly createdAccounts: AccountView[] = [];
  readonly changedAccounts: AccountView[] = [];
  readonly strength = new PasswordStrength({
    clinicNames: async (slugs) => slugs.map((slug) => `${slug} hospital`),
  });
  url = '';
  #described: DescribedAnswers | undefined;
  readonly #clock: Clock;
  readonly #cleanUp: (() => Promise<unknown>)[] = [];

  private constructor(store: Store, database: Database, accounts: Accounts, sessions: Sessions, clock: Clock) {
    this.store = store;
    this.database = database;
    this.accounts = accounts;
    this.sessions = sessions;
    this.devices = new Devices(database, clock.now);
    this.#clock = clock;
  }

  static async start({ loginAttemptsPerMinute = 1_000 } = {}): Promise<AuthServer> {
    const folder = await mkdtemp(path.join(tmpdir(), 'vitasync-auth-'));
    const store = await EmbeddedStore.create({ folder, syncWrites: false });
    const database = await store.open('test-accounts');
    const clock = new Clock();
    const accounts = new Accounts(database, clock.now);
    const sessions = await createSessions(store, database, accounts, clock.now);
    const server = new AuthServer(store, database, accounts, sessions, clock);
    server.#cleanUp.push(
      () => rm(folder, { recursive: true, force: true }),
      () => store.close(),
      () => sessions.close(),
    );
    await server.#listen(loginAttemptsPerMinute);
    return server;
  }

  advanceClock(durationMs: number): void {
    this.#clock.advance(durationMs);
  }

  /** Another server's view of the same store. */
  async secondServerSessions(): Promise<Sessions> {
    const sessions = await createSessions(this.store, this.database, new Accounts(this.database), this.#clock.now);
    this.#cleanUp.push(() => sessions.close());
    return sessions;
  }

  async #listen(loginAttemptsPerMinute: number): Promise<void> {
    const { accounts, sessions, devices } = this;
    const record = async (event: AuthEvent) => void this.events.push(event);
    const app = express();
    app.use(setPasswordPage());
    const parts = { accounts, sessions, devices, strength: this.strength, record };
    const routes = [
      ...authRoutes({ ...parts, attempts: new LoginAttempts({ perMinute: loginAttemptsPerMinute }) }),
      ...accountsRoutes({
        ...parts,
        exclusion: this.exclusion,
        cursors: new Cursors(SECRET),
        nowMs: this.#clock.now,
        clinicExists: async (slug) => ['north', 'south'].includes(slug),
        patientExists: async (patientId) => patientId === PATIENT,
        onAccountCreated: async (account) => void this.createdAccounts.push(account),
        onAccountChanged: async (account) => void this.changedAccounts.push(account),
      }),
    ];
    const description = describeApi(routes, { version: 'test', schemas: documentSchemas(), rolesOf: () => ROLES });
    this.#described = new DescribedAnswers(description as unknown as ConstructorParameters<typeof DescribedAnswers>[0]);
    app.use(
      '/api',
      mountRoutes(routes, {
        authenticate: (req) => authenticate(sessions, req),
        checkAccess: accessCheck(syncRules),
      }),
      unknownApiRoute,
      problemHandler(logger),
    );
    const listening = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => listening.once('listening', resolve));
    this.url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
    this.#cleanUp.push(() => new Promise((resolve) => listening.close(resolve).closeAllConnections()));
  }

  async close(): Promise<void> {
    for (const step of this.#cleanUp.reverse()) await step();
  }

  addAccount(username: string, details: Partial<NewAccount> = {}): Promise<Account> {
    return this.accounts.create({
      username,
      password: PASSWORD,
      role: 'nurse',
      name: username,
      clinicIds: ['north'],
      ...details,
    });
  }

  async request(
    method: string,
    route: string,
    { body, token }: { body?: unknown; token?: string } = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.url}/api${route}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const mediaType = response.headers.get('content-type') ?? '';
    this.#described?.check({ method, path: `/api${route}`, status: response.status, mediaType, text });
    return { status: response.status, headers: response.headers, text, body: text === '' ? {} : JSON.parse(text) };
  }

  /** A login that is expected to succeed. */
  async logIn(
    username: string,
    { password = PASSWORD, ...details }: Record<string, string> = {},
  ): Promise<LoginAnswer> {
    const answer = await this.tryLogIn(username, password, details);
    if (answer.status !== 200) throw new Error(`login of ${username} was refused: ${answer.text}`);
    return answer.body as unknown as LoginAnswer;
  }

  tryLogIn(username: string, password: string, details: Record<string, string> = {}): Promise<Answer> {
    return this.request('POST', '/login', { body: { username, password, ...details } });
  }

  refresh(refreshToken: string): Promise<Answer> {
    return this.request('POST', '/token/refresh', { body: { refreshToken } });
  }

  me(token: string): Promise<Answer> {
    return this.request('GET', '/me', { token });
  }
}
