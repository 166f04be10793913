/** Sessions: opened by a login, kept alive by refreshing, ended by a logout or an administrator, at once on every server. */

import { HttpError } from '../http/errors.ts';
import type { AuthenticatedPrincipal } from '../http/request-principal.ts';
import type { Logger } from '../lib/logger.ts';
import { LookUps } from '../lib/look-ups.ts';
import { DocumentTable } from '../store/document-table.ts';
import { Follower } from '../store/follower.ts';
import { removeForGood } from '../store/remove-for-good.ts';
import type { Database, Store } from '../store/store.ts';
import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';
import { newRefreshToken, newSessionId, sessionIdOf, sessionPrefixOf } from './refresh-tokens.ts';
import { isGranted, principalOfSession, type RevocationReason, resolveSession, type Session } from './session.ts';
import { hashToken, sameHash } from './token-hash.ts';
import type { AccessTokenClaims, AccessTokens } from './tokens.ts';

const SESSION_PREFIX = 'session:';
const DAY_MS = 86_400_000;
/** The store tells of every change; this only bounds how long a lost notice could matter. */
const CACHE_MAX_AGE_MS = 30_000;
const CACHE_MAX_ENTRIES = 10_000;

export interface SessionsOptions {
  readonly store: Pick<Store, 'onUpdate'>;
  /** The one that `accounts` keeps its accounts in. */
  readonly database: Database;
  readonly accounts: Accounts;
  readonly accessTokens: AccessTokens;
  readonly refreshTokenDays: number;
  readonly logger: Logger;
  readonly now?: () => number;
}

/** What a session is opened for; the caller has checked the password, and that the account has the clinic. */
export interface SessionRequest {
  readonly account: Account;
  readonly clinicId?: string | undefined;
  readonly deviceId: string;
  readonly deviceName?: string | undefined;
  /** Where nothing said that it is a device's. */
  readonly enrolsAtSync?: boolean;
}

export interface SessionTokens {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: string;
  readonly refreshToken: string;
  readonly tokenType: 'Bearer';
}

export interface OpenedSession {
  readonly principal: AuthenticatedPrincipal;
  readonly tokens: SessionTokens;
}

type RevokedListener = (sessionId: string) => void;

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #table: DocumentTable<Session>;
  readonly #now: () => number;
  readonly #granted: LookUps<Session | undefined>;
  readonly #listeners = new Set<RevokedListener>();
  #follower: Follower | undefined;

  private constructor(options: SessionsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#table = new DocumentTable(options.database, SESSION_PREFIX, resolveSession);
    this.#granted = new LookUps({ maxAgeMs: CACHE_MAX_AGE_MS, maxEntries: CACHE_MAX_ENTRIES, now: this.#now });
  }

  static async create(options: SessionsOptions): Promise<Sessions> {
    const sessions = new Sessions(options);
    const { store, database, logger } = options;
    sessions.#follower = await Follower.open({
      store,
      database,
      logger,
      onNotice: () => sessions.#granted.clear(),
      onChanges: (changes) => sessions.#announceEnded(changes.map(({ id }) => id)),
    });
    return sessions;
  }

  async close(): Promise<void> {
    await this.#follower?.close();
  }

  async open({ account, clinicId, deviceId, deviceName, enrolsAtSync }: SessionRequest): Promise<OpenedSession> {
    const sessionId = newSessionId(account.userId);
    const refreshToken = newRefreshToken(sessionId);
    const session: Session = {
      sessionId,
      userId: account.userId,
      username: account.username,
      role: account.role,
      deviceId,
      ...(clinicId !== undefined && { clinicId }),
      ...(account.patientId !== undefined && { patientId: account.patientId }),
      ...(deviceName && { deviceName }),
      ...(enrolsAtSync && { enrolsAtSync }),
      refreshHash: hashToken(refreshToken),
      createdAt: this.#time(),
      expiresAt: this.#expiry(),
    };
    await this.#table.update(sessionId, () => session);
    return this.#opened(session, refreshToken);
  }

  /**
   * New tokens for a refresh token, which is thereby used up. Its client refreshes one at a time. The answer may be lost on the
   * way, so the token is taken again until its successor has been used; then the lost successor is void. Any other token of
   * the session means that somebody has a copy: the session ends.
   * @throws HttpError `unauthorized`
   */
  async refresh(refreshToken: string): Promise<OpenedSession> {
    const sessionId = sessionIdOf(refreshToken);
    if (!sessionId || !(await this.#liveSession(sessionId))) throw new HttpError('unauthorized');
    const next = newRefreshToken(sessionId);
    const session = await this.#table.update(sessionId, (current) => this.#rotated(current, refreshToken, next));
    if (!session || session.revoked) throw new HttpError('unauthorized');
    return this.#opened(session, next);
  }

  #rotated(session: Session | undefined, refreshToken: string, next: string): Session | undefined {
    if (!session || session.revoked) return session;
    const used = hashToken(refreshToken);
    if (sameHash(used, session.refreshHash) || sameHash(used, session.previousRefreshHash)) {
      return {
        ...session,
        refreshHash: hashToken(next),
        previousRefreshHash: used,
        refreshedAt: this.#time(),
        expiresAt: this.#expiry(),
      };
    }
    this.#options.logger.warn(
      { userId: session.userId, sessionId: session.sessionId, deviceId: session.deviceId },
      'session ended: a refresh token was used that had been replaced',
    );
    return { ...session, revoked: 'refresh_token_reused' };
  }

  /**
   * Who a request comes from. Reads the store only where the session was not looked up since the last change of any account
   * or session; writes nothing.
   * @throws HttpError `token_expired` where a refresh helps, `unauthorized` where only a login does.
   */
  async authenticate(accessToken: string): Promise<AuthenticatedPrincipal> {
    return this.admit(this.#options.accessTokens.read(accessToken));
  }

  /** As `authenticate`, by what was read from a token of another kind. */
  async admit(claims: AccessTokenClaims): Promise<AuthenticatedPrincipal> {
    const session = await this.#liveSession(claims.sessionId);
    if (!session || session.userId !== claims.userId) throw new HttpError('unauthorized');
    if (claims.expiresAtMs <= this.#now()) throw new HttpError('token_expired');
    return principalOfSession(session);
  }

  /**
   * Calls `listener` with the id of each session that ends other than by expiring, soon after it did on whichever server;
   * more than once for one session, perhaps. It must not throw.
   */
  onRevoked(listener: RevokedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async revokeSession(sessionId: string, reason: RevocationReason = 'logout'): Promise<void> {
    await this.#table.update(sessionId, (session) =>
      session?.revoked ? session : session && { ...session, revoked: reason },
    );
  }

  /**
   * Changes what an account logs in with, and ends its sessions: before the change, so that a crash in between leaves none
   * that outlive it, and after it, for logins that came in between.
   */
  async revokeAllAround<T>(
    change: () => Promise<T>,
    { userId, reason, exceptSessionId }: { userId: string; reason: RevocationReason; exceptSessionId?: string },
  ): Promise<T> {
    await this.revokeAllOf(userId, reason, exceptSessionId);
    const changed = await change();
    await this.revokeAllOf(userId, reason, exceptSessionId);
    return changed;
  }

  async revokeAllOf(userId: string, reason: RevocationReason, exceptSessionId?: string): Promise<void> {
    const sessions = await this.#table.list(sessionPrefixOf(userId));
    const ended = sessions.filter(({ sessionId, revoked }) => !revoked && sessionId !== exceptSessionId);
    await Promise.all(ended.map(({ sessionId }) => this.revokeSession(sessionId, reason)));
  }

  /** As the store has it now, unless it is over. */
  async findLive(sessionId: string): Promise<Session | undefined> {
    const session = await this.#loadGranted(sessionId);
    return session && !this.#hasExpired(session) ? session : undefined;
  }

  /** Sessions of the account that are not over, the oldest first. */
  async listOf(account: Account): Promise<Session[]> {
    const sessions = await this.#table.list(sessionPrefixOf(account.userId));
    return sessions.filter((session) => isGranted(session, account) && !this.#hasExpired(session));
  }

  /**
   * Ends the sessions that the account would not be given as it is. Nobody can use them any more without that: but they would
   * come back with the role or the clinic that they were for.
   */
  async revokeUngranted(account: Account, reason: RevocationReason): Promise<void> {
    const sessions = await this.#table.list(sessionPrefixOf(account.userId));
    const ended = sessions.filter((session) => !session.revoked && !isGranted(session, account));
    await Promise.all(ended.map(({ sessionId }) => this.revokeSession(sessionId, reason)));
  }

  async revokeDevice({ owner, deviceId }: { readonly owner: string; readonly deviceId: string }): Promise<void> {
    const sessions = (await this.#table.list(sessionPrefixOf(owner))).filter(
      (session) => session.deviceId === deviceId,
    );
    await Promise.all(sessions.map(({ sessionId }) => this.revokeSession(sessionId, 'device_revoked')));
  }

  async documentIdsOf(userId: string): Promise<string[]> {
    const sessions = await this.#table.list(sessionPrefixOf(userId));
    return sessions.map(({ sessionId }) => this.#table.idOf(sessionId));
  }

  /** Removes sessions that can never be used again: expired ones, and ended ones as old as that. */
  async removeExpired(): Promise<void> {
    const sessions = await this.#table.list();
    const expired = sessions.filter((session) => this.#hasExpired(session));
    await removeForGood(
      this.#options.database,
      expired.map(({ sessionId }) => this.#table.idOf(sessionId)),
    );
  }

  /** The session where it can be used, else undefined. */
  async #liveSession(sessionId: string): Promise<Session | undefined> {
    const session = await this.#granted.get(sessionId, () => this.#loadGranted(sessionId));
    return session && !this.#hasExpired(session) ? session : undefined;
  }

  async #loadGranted(sessionId: string): Promise<Session | undefined> {
    const session = await this.#table.get(sessionId);
    return session && isGranted(session, await this.#options.accounts.find(session.username)) ? session : undefined;
  }

  async #announceEnded(changedIds: readonly string[]): Promise<void> {
    for (const id of changedIds) {
      for (const sessionId of await this.#endedBy(id)) {
        for (const listener of this.#listeners) listener(sessionId);
      }
    }
  }

  /** The sessions that a changed document, a session or an account, leaves without access. */
  async #endedBy(changedId: string): Promise<string[]> {
    const sessionId = this.#table.keyOf(changedId);
    if (sessionId !== undefined) {
      const session = await this.#table.get(sessionId);
      return !session || session.revoked ? [sessionId] : [];
    }
    const username = this.#options.accounts.usernameOf(changedId);
    const account = username === undefined ? undefined : await this.#options.accounts.find(username);
    if (!account) return [];
    const sessions = await this.#table.list(sessionPrefixOf(account.userId));
    return sessions.filter((session) => !isGranted(session, account)).map((session) => session.sessionId);
  }

  #opened(session: Session, refreshToken: string): OpenedSession {
    const { token, expiresAtMs } = this.#options.accessTokens.sign(session.userId, session.sessionId);
    const tokens: SessionTokens = {
      accessToken: token,
      accessTokenExpiresAt: new Date(expiresAtMs).toISOString(),
      refreshToken,
      tokenType: 'Bearer',
    };
    return { principal: principalOfSession(session), tokens };
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }

  #expiry(): string {
    return new Date(this.#now() + this.#options.refreshTokenDays * DAY_MS).toISOString();
  }

  #hasExpired({ expiresAt }: Session): boolean {
    return Date.parse(expiresAt) <= this.#now();
  }
}
