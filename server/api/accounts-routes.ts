/** Routes of `/api/accounts`, for administrators. */
import express, { Router } from 'express';
import { z } from 'zod';
import { isClinicSlug, isPatientId } from '../../shared-schemas/ids.ts';
import { ROLES } from '../../shared-schemas/reference.ts';
import {
  type Account,
  type Accounts,
  normalUsername,
  type PublicAccount,
  USERNAME_PATTERN,
  withoutSecrets,
} from '../auth/accounts.ts';
import { type RecordAuthEvent, recordNothing } from '../auth/auth-events.ts';
import { type Authenticator, bearerAuth, principalOf, requireRole } from '../auth/middleware.ts';
import { newPassword } from '../auth/password-input.ts';
import type { Sessions } from '../auth/sessions.ts';
import { HttpError } from '../http/errors.ts';
import { type Fault, invalidInput, parseBody } from '../http/parse-input.ts';

export interface AccountsRouterOptions {
  readonly accounts: Pick<Accounts, 'create' | 'find' | 'list' | 'setDisabled'>;
  readonly sessions: Authenticator & Pick<Sessions, 'revokeAllOf'>;
  readonly clinicExists: (slug: string) => Promise<boolean>;
  /** What else comes with an account. Runs after the account is stored: where it fails, so does the request. */
  readonly onAccountCreated: (account: PublicAccount) => Promise<void>;
  readonly record?: RecordAuthEvent;
}

const USERNAME_RULE =
  'must be 2 to 64 lower-case letters, digits, dots, underscores and hyphens, a letter or digit first';

const accountSchema = z.strictObject({
  username: z.string().transform(normalUsername).pipe(z.string().regex(USERNAME_PATTERN, USERNAME_RULE)),
  password: newPassword,
  role: z.enum(ROLES),
  name: z.string().trim().min(1).max(200),
  clinicIds: z.array(z.string().refine(isClinicSlug, 'must be the slug of a clinic')).max(200).optional(),
  patientId: z.string().refine(isPatientId, 'must be the id of a patient').optional(),
});
type AccountInput = z.infer<typeof accountSchema>;

const changeSchema = z.strictObject({ disabled: z.boolean() });

/** To be mounted at `/api`. */
export function accountsRouter(options: AccountsRouterOptions): Router {
  const { accounts, sessions, clinicExists, onAccountCreated, record = recordNothing } = options;
  const router = Router();
  const json = express.json({ limit: '64kb' });
  const signedIn = bearerAuth(sessions);
  const adminOnly = requireRole('admin');

  router.get('/accounts', signedIn, adminOnly, async (_req, res) => {
    res.json({ accounts: (await accounts.list()).map(withoutSecrets) });
  });

  router.post('/accounts', signedIn, adminOnly, json, async (req, res) => {
    const { clinicIds = [], patientId, ...input } = parseBody(accountSchema, req);
    const faults = [...scopeFaults(input.role, clinicIds, patientId), ...(await clinicFaults(clinicIds, clinicExists))];
    if (faults.length > 0) throw invalidInput(faults);
    const created = await accounts.create({
      ...input,
      clinicIds: [...new Set(clinicIds)],
      ...(patientId !== undefined && { patientId }),
    });
    const account = withoutSecrets(created);
    await record({ kind: 'account_created', userId: account.userId, by: principalOf(req).userId });
    await onAccountCreated(account);
    res.status(201).location(`${req.baseUrl}/accounts/${account.username}`).json(account);
  });

  router.patch('/accounts/:username', signedIn, adminOnly, json, async (req, res) => {
    const { disabled } = parseBody(changeSchema, req);
    const by = principalOf(req);
    const account = await accounts.find(String(req.params.username));
    if (!account) throw new HttpError('not_found', { detail: 'No account has this username.' });
    if (disabled && account.userId === by.userId) throw new HttpError('own_account');
    const changed = await setDisabled(options, account, disabled);
    await record({ kind: disabled ? 'account_disabled' : 'account_enabled', userId: account.userId, by: by.userId });
    res.json(withoutSecrets(changed));
  });

  return router;
}

/** Sessions end after the account is disabled, so that no login can slip in between. */
async function setDisabled(
  { accounts, sessions }: AccountsRouterOptions,
  account: Account,
  disabled: boolean,
): Promise<Account> {
  const changed = await accounts.setDisabled(account.username, disabled);
  if (disabled) await sessions.revokeAllOf(account.userId, 'account_disabled');
  return changed ?? account;
}

/** Each role is cut by one kind of scope: staff by clinics, the patient role by one patient, an administrator by none. */
function scopeFaults(role: AccountInput['role'], clinicIds: readonly string[], patientId: string | undefined): Fault[] {
  const isStaff = role !== 'admin' && role !== 'patient';
  const faults: Fault[] = [];
  if (isStaff && clinicIds.length === 0)
    faults.push({ path: 'clinicIds', message: `a ${role} needs at least one clinic` });
  if (!isStaff && clinicIds.length > 0) faults.push({ path: 'clinicIds', message: `the role ${role} has no clinics` });
  if (role === 'patient' && patientId === undefined) {
    faults.push({ path: 'patientId', message: 'the patient role needs a patient' });
  }
  if (role !== 'patient' && patientId !== undefined) {
    faults.push({ path: 'patientId', message: 'only the patient role has a patient' });
  }
  return faults;
}

async function clinicFaults(
  clinicIds: readonly string[],
  clinicExists: (slug: string) => Promise<boolean>,
): Promise<Fault[]> {
  const exists = await Promise.all(clinicIds.map(clinicExists));
  return clinicIds.flatMap((_, i) =>
    exists[i] ? [] : [{ path: `clinicIds.${i}`, message: 'there is no such clinic' }],
  );
}
