import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFirstAdmin } from '../../server/accounts/first-admin.ts';
import { verifyPassword } from '../../server/accounts/passwords.ts';
import { createLogger } from '../../server/lib/logger.ts';
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
  const logger = createLogger({ level: 'warn', pretty: false, destination });
  return createFirstAdmin({ accounts, configuredPassword, strength, logger });
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

  it('gets a weak configured password as well, and the log warns of it without repeating it', async () => {
    expect(await create('vitasync1')).toEqual({ username: 'admin' });
    expect(await adminHasPassword('vitasync1')).toBe(true);
    expect(logged.join()).toMatch(/too easy to guess.*is weak/);
    expect(logged.join()).not.toContain('vitasync1');
  });
});
