/** What two servers make of an account that both of them change at the same moment. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Account } from '../../server/accounts/account.ts';
import { Accounts } from '../../server/accounts/accounts.ts';
import { newInvitation } from '../../server/accounts/invitations.ts';
import { verifyPassword } from '../../server/accounts/passwords.ts';
import { childRevision } from '../../server/store/revisions.ts';
import { AuthServer } from './auth-server.ts';

let server: AuthServer;
beforeAll(async () => {
  server = await AuthServer.start();
});
afterAll(() => server.close());

let count = 0;

/** The account after each of the changes was written by a server that did not know of the other; in either order. */
async function afterBoth(
  one: (accounts: Accounts, username: string) => Promise<unknown>,
  other: (accounts: Accounts, username: string) => Promise<unknown>,
): Promise<readonly (Account | undefined)[]> {
  const results: (Account | undefined)[] = [];
  for (const changes of [
    [one, other],
    [other, one],
  ] as const) {
    const username = `torn-${++count}`;
    const id = `account:${username}`;
    await server.addAccount(username, { clinicIds: ['north', 'south'] });
    const [before] = (await server.database.leaves([id])).get(id) ?? [];
    const bodies: Record<string, unknown>[] = [];
    for (const [n, change] of changes.entries()) {
      const copy = await server.store.open(`copy-${count}-${n}`);
      if (before) await copy.write([before]);
      await change(new Accounts(copy, () => Date.now() + n * 1_000), username);
      bodies.push((await copy.leaves([id])).get(id)?.[0]?.body ?? {});
    }
    await server.database.write(bodies.map((body) => childRevision(before, id, body)));
    results.push(await server.accounts.find(username));
  }
  return results;
}

const rename = (accounts: Accounts, username: string) => accounts.change(username, { name: 'Another' });
const disable = (accounts: Accounts, username: string) => accounts.change(username, { disabled: true });
const reset = (accounts: Accounts, username: string) =>
  accounts.invite(username, newInvitation(username, Date.now()).stored);
const demote = (accounts: Accounts, username: string) =>
  accounts.change(username, { role: 'pharmacist', clinicIds: ['south'] });

describe('an account that two servers change at once', () => {
  it('stays disabled where one of them disabled it', async () => {
    for (const account of await afterBoth(disable, rename)) expect(account?.disabled).toBe(true);
  });

  it('stays reset where the other did not touch the password', async () => {
    for (const account of [...(await afterBoth(reset, rename)), ...(await afterBoth(reset, demote))]) {
      expect(account?.passwordHash).toBeUndefined();
      expect(account?.invitation).toBeDefined();
    }
  });

  it('cannot be entered with an invitation that one made while the other disabled it', async () => {
    const tokens: string[] = [];
    const invite = (accounts: Accounts, username: string) => {
      const { handedOver, stored } = newInvitation(username, Date.now());
      tokens.push(handedOver.token);
      return accounts.invite(username, stored);
    };
    for (const [n, account] of (await afterBoth(disable, invite)).entries()) {
      expect(account).toMatchObject({ disabled: true, invitation: expect.anything() });
      expect(await server.accounts.findInvited(account?.username, tokens[n] ?? '')).toBeUndefined();
    }
  });

  it('has the new role and clinics where the other did not touch them', async () => {
    for (const account of [...(await afterBoth(demote, rename)), ...(await afterBoth(demote, reset))])
      expect(account).toMatchObject({ role: 'pharmacist', clinicIds: ['south'] });
  });

  it('has the password that was set last where both set it', async () => {
    const set = (password: string) => async (accounts: Accounts, username: string) => {
      const account = await accounts.find(username);
      if (account) await accounts.changePassword(account, password);
    };
    const [first, second] = await afterBoth(set('one password of two'), set('the other of two'));
    expect(await verifyPassword(first?.passwordHash ?? '', 'the other of two')).toBe(true);
    expect(await verifyPassword(second?.passwordHash ?? '', 'one password of two')).toBe(true);
  });
});

describe('a new password', () => {
  it('does not replace one that was reset after the old one was verified', async () => {
    const verified = await server.addAccount('slow');
    await reset(server.accounts, 'slow');
    await expect(server.accounts.changePassword(verified, 'seven quiet otters')).rejects.toMatchObject({
      code: 'wrong_password',
    });
    expect((await server.accounts.find('slow'))?.passwordHash).toBeUndefined();
  });
});
