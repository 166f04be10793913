import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFirstAdmin } from '../../server/auth/first-admin.ts';
import { verifyPassword } from '../../server/auth/passwords.ts';
import { AuthServer } from './auth-server.ts';

let server: AuthServer;
beforeEach(async () => {
  server = await AuthServer.start();
});
afterEach(() => server.close());

const adminHasPassword = async (password: string) =>
  verifyPassword((await server.accounts.find('admin'))?.passwordHash ?? '', password);

describe('the first administrator', () => {
  it('gets a readable generated password, once', async () => {
    const first = await createFirstAdmin(server.accounts, undefined);
    expect(first?.generatedPassword).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){4}$/);
    expect(await adminHasPassword(first?.generatedPassword ?? '')).toBe(true);
    expect(await createFirstAdmin(server.accounts, undefined)).toBeUndefined();
  });

  it('gets the configured password, which a later start does not change', async () => {
    expect(await createFirstAdmin(server.accounts, 'configured password')).toEqual({ username: 'admin' });
    expect(await createFirstAdmin(server.accounts, 'another password')).toBeUndefined();
    expect(await adminHasPassword('configured password')).toBe(true);
  });
});
