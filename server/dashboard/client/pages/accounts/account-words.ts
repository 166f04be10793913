/** What is shown of an account, in words. */
import type { AccountView } from '../../../../accounts/account.ts';
import type { Tone } from '../../ui/badge.tsx';

export const pathOf = (username: string): string => `/admin/accounts/${encodeURIComponent(username)}`;
export const apiPathOf = (username: string): string => `/api/accounts/${encodeURIComponent(username)}`;

type Standing = Pick<AccountView, 'disabled' | 'hasPassword' | 'invitationExpiresAt'>;

/** Whether its owner can log in, and if not, why. */
export function stateOf({ disabled, hasPassword, invitationExpiresAt }: Standing): readonly [Tone, string] {
  if (disabled) return ['problem', 'Disabled'];
  if (hasPassword) return ['ok', 'Active'];
  if (invitationExpiresAt !== undefined && Date.parse(invitationExpiresAt) > Date.now()) return ['info', 'Invited'];
  return ['attention', 'No password'];
}
