/** Routes of `/api` by which people set the password of their account: with the one before, or with an invitation. */
import { z } from 'zod';
import type { RecordAuthEvent } from '../audit/account-events.ts';
import { type ApiRoute, route } from '../http/api-route.ts';
import { HttpError } from '../http/errors.ts';
import { invalidInput } from '../http/parse-input.ts';
import type { Accounts } from './accounts.ts';
import { MAX_TOKEN_LENGTH, usernameOfToken } from './invitations.ts';
import type { LoginAttempts } from './login-attempts.ts';
import { newPassword, typedPassword } from './password-input.ts';
import type { PasswordStrength } from './password-strength.ts';
import { verifyPassword } from './passwords.ts';
import type { Sessions } from './sessions.ts';

export interface PasswordRoutesOptions {
  readonly accounts: Pick<Accounts, 'find' | 'findInvited' | 'changePassword' | 'setInvitedPassword'>;
  readonly sessions: Pick<Sessions, 'revokeAllAround'>;
  readonly strength: Pick<PasswordStrength, 'faultsOf'>;
  readonly attempts: Pick<LoginAttempts, 'check'>;
  readonly record: RecordAuthEvent;
}

const TAG = 'sessions';
const BODY_LIMIT_BYTES = 16 * 1_024;

const changeSchema = z.strictObject({ currentPassword: typedPassword, newPassword });
const invitedSchema = z.strictObject({
  token: z.string().min(1).max(MAX_TOKEN_LENGTH).describe('Of the invitation; the part of its link behind `#token=`'),
  password: newPassword,
});

export const passwordRoutes = (options: PasswordRoutesOptions): ApiRoute[] => [
  changeRoute(options),
  invitedRoute(options),
];

const changeRoute = ({ accounts, sessions, strength, attempts, record }: PasswordRoutesOptions): ApiRoute =>
  route({
    method: 'post',
    path: '/me/password',
    tag: TAG,
    summary: 'Change your password',
    access: 'signed-in',
    body: { schema: changeSchema, limitBytes: BODY_LIMIT_BYTES },
    answers: { 204: { description: 'It is changed, and your other sessions are over' } },
    errors: ['wrong_password', 'too_many_attempts', 'busy'],
    handle: async ({ principal: { userId, username, sessionId }, body, req }) => {
      const account = await attempts.check({ address: req.ip, subject: username }, async () => {
        const found = await accounts.find(username);
        const isRight = found?.passwordHash && (await verifyPassword(found.passwordHash, body.currentPassword));
        return isRight ? found : undefined;
      });
      if (!account) {
        await record({ kind: 'password_change_refused', userId });
        throw new HttpError('wrong_password');
      }
      const faults = await strength.faultsOf('newPassword', body.newPassword, account);
      if (faults.length > 0) throw invalidInput(faults);
      await sessions.revokeAllAround(() => accounts.changePassword(account, body.newPassword), {
        userId,
        reason: 'password_changed',
        exceptSessionId: sessionId,
      });
      await record({ kind: 'password_changed', userId });
      return { status: 204 };
    },
  });

const invitedRoute = ({ accounts, strength, attempts, record }: PasswordRoutesOptions): ApiRoute =>
  route({
    method: 'post',
    path: '/set-password',
    tag: TAG,
    summary: 'Set the password of an account with an invitation',
    description: 'The invitation is used up by it. The page of its link, `/set-password`, calls this.',
    access: 'anyone',
    body: { schema: invitedSchema, limitBytes: BODY_LIMIT_BYTES },
    answers: { 204: { description: 'The password is set: log in with it' } },
    errors: ['invalid_invitation', 'too_many_attempts', 'busy'],
    handle: async ({ body: { token, password }, req }) => {
      const username = usernameOfToken(token);
      // No username has a colon: wrong links do not count as wrong passwords.
      const attempt = { address: req.ip, subject: `:invitation ${username ?? ''}`, unguessable: true as const };
      const account = await attempts.check(attempt, () => accounts.findInvited(username, token));
      if (!account) {
        const named = username === undefined ? undefined : await accounts.find(username);
        await record({ kind: 'invitation_refused', ...(named && { userId: named.userId }) });
        throw new HttpError('invalid_invitation');
      }
      const faults = await strength.faultsOf('password', password, account);
      if (faults.length > 0) throw invalidInput(faults);
      await accounts.setInvitedPassword(account.username, token, password);
      await record({ kind: 'password_set', userId: account.userId });
      return { status: 204 };
    },
  });
