/** Lets an administrator in again where nobody could log in as one any more. */
import type { AuditEntry, AuditLog } from '../audit/audit-log.ts';
import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';

export interface RestoreParts {
  readonly accounts: Pick<Accounts, 'change'>;
  readonly audit: Pick<AuditLog, 'list' | 'record'>;
}

const PAGE = 200;

/**
 * `all`: the accounts, none of which can administer. Two servers may have brought that about together, as told by
 * AccountAdministration: whoever was disabled or demoted last, as far as the audit log tells, is what they were. Where two
 * servers do this at once, the second finds it done. Answers the account, or undefined where nobody ever administered.
 */
export async function restoreAdministrator(
  { accounts, audit }: RestoreParts,
  all: readonly Account[],
): Promise<Account | undefined> {
  const byId = new Map(all.map((account) => [account.userId, account]));
  for await (const entry of newestFirst(audit)) {
    const account = 'userId' in entry && entry.userId !== undefined ? byId.get(entry.userId) : undefined;
    if (account?.passwordHash === undefined || !endedAdministration(entry, account)) continue;
    const change = { role: 'admin', disabled: false, clinicIds: [], patientId: null } as const;
    const changed = await accounts.change(account.username, change);
    await audit.record({ kind: 'administrator_restored', userId: account.userId });
    return changed?.after;
  }
  return undefined;
}

async function* newestFirst(audit: RestoreParts['audit']): AsyncGenerator<AuditEntry> {
  let before: string | undefined;
  do {
    const page = await audit.list({ limit: PAGE, before });
    yield* page.items;
    before = page.nextCursor;
  } while (before !== undefined);
}

function endedAdministration(entry: AuditEntry, { role, disabled }: Account): boolean {
  if (entry.kind === 'account_disabled') return role === 'admin' && disabled;
  return entry.kind === 'account_changed' && entry.changes.role?.from === 'admin' && role !== 'admin' && !disabled;
}
