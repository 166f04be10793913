import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AccountChange, canAdminister } from '../../server/accounts/account.ts';
import { AccountAdministration } from '../../server/accounts/account-administration.ts';
import { Accounts } from '../../server/accounts/accounts.ts';
import { createFirstAdmin } from '../../server/accounts/first-admin.ts';
import { verifyPassword } from '../../server/accounts/passwords.ts';
import type { AuthEvent } from '../../server/audit/account-events.ts';
import { AuditLog } from '../../server/audit/audit-log.ts';
import { createLogger } from '../../server/lib/logger.ts';
import type { Lease } from '../../server/store/exclusion.ts';
import { AuthServer } from './auth-server.ts';

let server: AuthServer;
let logged: string[];
beforeEach(async () => {
  server = await AuthServer.start();
  logged = [];
});
afterEach(() => server.close());

function create(configuredPassword: string | undefined) {
  const destination = new Writable({
    write(chunk, _encoding, done) {
      logged.push(String(chunk));
      done();
    },
  });
  const { accounts, strength } = server;
  const audit = new AuditLog(server.database);
  const logger = createLogger({ level: 'warn', pretty: false, destination });
  return createFirstAdmin({ accounts, audit, configuredPassword, strength, logger });
}
const adminHasPassword = async (password: string) =>
  verifyPassword((await server.accounts.find('admin'))?.passwordHash ?? '', password);

describe('the first administrator', () => {
  it('gets a readable generated password, once', async () => {
    const first = await create(undefined);
    expect(first?.generatedPassword).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){4}$/);
    expect(await adminHasPassword(first?.generatedPassword ?? '')).toBe(true);
    expect(await create(undefined)).toBeUndefined();
  });

  it('gets the configured password, which a later start does not change', async () => {
    expect(await create('configured password')).toEqual({ username: 'admin' });
    expect(await create('another password')).toBeUndefined();
    expect(await adminHasPassword('configured password')).toBe(true);
    expect(logged).toEqual([]);
  });

  it('is created once by servers that start at the same moment, and each of them starts', async () => {
    const created = await Promise.all([create(undefined), create(undefined), create(undefined)]);
    const [password] = created.flatMap((first) => first?.generatedPassword ?? []);
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(await adminHasPassword(password ?? '')).toBe(true);
  });

  it('gets a weak configured password as well, and the log warns of it without repeating it', async () => {
    expect(await create('vitasync1')).toEqual({ username: 'admin' });
    expect(await adminHasPassword('vitasync1')).toBe(true);
    expect(logged.join()).toMatch(/too easy to guess.*is weak/);
    expect(logged.join()).not.toContain('vitasync1');
  });
});

describe('where nobody can administer any more', () => {
  const isAdministrator = async (username: string) => {
    const account = await server.accounts.find(username);
    return account?.role === 'admin' && !account.disabled;
  };
  const record = (event: AuthEvent) => new AuditLog(server.database).record(event);
  /** What two administrators did to each other, each on a server that did not know of the other. */
  async function bothEnd(change: AccountChange, event: (userId: string) => AuthEvent): Promise<void> {
    for (const username of ['anna', 'bert']) {
      const { userId } = await server.addAccount(username, { role: 'admin', clinicIds: [] });
      await server.accounts.change(username, change);
      await record(event(userId));
    }
  }

  it('the one who was disabled last is let in again, and nobody else', async () => {
    const nurse = await server.addAccount('nurse');
    const gone = await server.addAccount('gone', { role: 'admin', clinicIds: [] });
    await server.accounts.change('gone', { disabled: true });
    await record({ kind: 'account_disabled', userId: gone.userId, by: 'u1' });
    await bothEnd({ disabled: true }, (userId) => ({ kind: 'account_disabled', userId, by: 'u1' }));
    await server.accounts.change('nurse', { disabled: true });
    await record({ kind: 'account_disabled', userId: nurse.userId, by: 'u1' });
    expect(await create('configured password')).toBeUndefined();
    const names = ['gone', 'anna', 'bert', 'nurse', 'admin'];
    expect(await Promise.all(names.map(isAdministrator))).toEqual([false, false, true, false, false]);
    expect(logged.join()).toContain('nobody could administer');
    const bert = await server.accounts.find('bert');
    const { items } = await new AuditLog(server.database).list({ limit: 1 });
    expect(items).toMatchObject([{ kind: 'administrator_restored', userId: bert?.userId }]);
    await server.logIn('bert');
    expect(await create('configured password')).toBeUndefined();
    expect(await isAdministrator('anna')).toBe(false);
  });

  it('the one who was demoted last has the role again', async () => {
    const changes = { role: { from: 'admin', to: 'nurse' } } as const;
    await bothEnd({ role: 'nurse', clinicIds: ['north'] }, (userId) => ({
      kind: 'account_changed',
      userId,
      by: 'u1',
      changes,
    }));
    await create(undefined);
    expect(await Promise.all(['anna', 'bert', 'admin'].map(isAdministrator))).toEqual([false, true, false]);
    expect((await server.accounts.find('bert'))?.clinicIds).toEqual([]);
  });
});

describe('administrators who end each other on servers that do not exclude each other, as a late write does', () => {
  it('are never ended both, whatever they do', async () => {
    const exclusion = {
      alone: <T>(_: Iterable<string>, work: (lease: Lease) => Promise<T>) => work({ check: async () => {} }),
    };
    const { accounts, sessions, strength } = server;
    const administration = () =>
      new AccountAdministration({
        ...{ accounts: new Accounts(server.database), sessions, strength, exclusion, nowMs: Date.now },
        record: async () => {},
        clinicExists: async () => true,
        patientExists: async () => true,
        onAccountCreated: async () => {},
        onAccountChanged: async () => {},
      });
    const [one, other] = [administration(), administration()];
    for (const username of ['anna', 'bert']) await server.addAccount(username, { role: 'admin', clinicIds: [] });
    const ends: readonly AccountChange[] = [{ disabled: true }, { role: 'nurse', clinicIds: ['north'] }];
    let both = 0;
    for (let round = 0; round < 40; round++) {
      const results = await Promise.allSettled([
        one.change('u-anna', 'bert', ends[round % 2] ?? {}),
        other.change('u-bert', 'anna', ends[round % 3 === 0 ? 0 : 1] ?? {}),
      ]);
      const left = (await accounts.list()).filter(canAdminister);
      expect(left.length, `round ${round}`).toBeGreaterThan(0);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'last_administrator' });
      if (results.every(({ status }) => status === 'rejected')) both++;
      for (const username of ['anna', 'bert'])
        await accounts.change(username, { role: 'admin', clinicIds: [], disabled: false });
    }
    // Each saw the other one, ended it, and looked again: so both were undone, at least once.
    expect(both).toBeGreaterThan(0);
  });
});
