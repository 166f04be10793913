/** Routes of `/api/accounts`, for administrators. */
import type { Request } from 'express';
import { z } from 'zod';
import { isClinicSlug, isPatientId } from '../../shared-schemas/ids.ts';
import { ROLES } from '../../shared-schemas/roles.ts';
import { type ApiRoute, route } from '../http/api-route.ts';
import { baseUrlOf } from '../http/base-url.ts';
import type { Cursors } from '../http/cursor.ts';
import { cursorScope, pageFields } from '../http/paging.ts';
import { foldText } from '../lib/search-text.ts';
import { type Account, normalUsername, USERNAME_PATTERN, withoutSecrets } from './account.ts';
import { AccountAdministration, type AccountAdministrationOptions } from './account-administration.ts';
import {
  accountSchema,
  accountsPageSchema,
  createdAccountSchema,
  enrolmentCodeSchema,
  invitationSchema,
  sessionsSchema,
} from './answer-schemas.ts';
import type { Devices } from './devices.ts';
import type { Invitation } from './invitations.ts';
import { newPassword } from './password-input.ts';
import { printable } from './printable.ts';
import { describeSession } from './session-view.ts';
import type { Sessions } from './sessions.ts';

export interface AccountsRoutesOptions extends Omit<AccountAdministrationOptions, 'sessions'> {
  readonly sessions: AccountAdministrationOptions['sessions'] & Pick<Sessions, 'listOf'>;
  readonly devices: Pick<Devices, 'newEnrolmentCode'>;
  readonly cursors: Cursors;
  /** Base of the links to set a password; that of the request where there is none. */
  readonly publicUrl?: string | undefined;
}

/** What the handlers work with. */
interface Parts extends AccountsRoutesOptions {
  readonly administration: AccountAdministration;
}

const TAG = 'accounts';
const ADMIN_ONLY = { roles: ['admin'] } as const;
const USERNAME = { username: 'Username, in any case' };
const NOT_STORED = { 'Cache-Control': 'no-store' };
const USERNAME_RULE =
  'must be 2 to 64 lower-case letters, digits, dots, underscores and hyphens, a letter or digit first';

const role = z.enum(ROLES);
const name = printable(200);
const clinicIds = z
  .array(z.string().refine(isClinicSlug, 'must be the slug of a clinic'))
  .max(200)
  .describe('Slugs of the clinics that staff other than administrators may log in for, at least one');
const patientId = z.string().refine(isPatientId, 'must be the id of a patient');

const newAccountSchema = z.strictObject({
  username: z
    .string()
    .transform(normalUsername)
    .pipe(z.string().regex(USERNAME_PATTERN, USERNAME_RULE))
    .describe('To log in with; it cannot be changed'),
  role,
  name,
  clinicIds: clinicIds.optional(),
  patientId: patientId.optional().describe('Of the patient role: the patient they are, or act for'),
  password: newPassword.optional(),
});

const changeSchema = z
  .strictObject({
    disabled: z.boolean().optional().describe('Nobody can log in to a disabled account'),
    role: role.optional(),
    name: name.optional(),
    clinicIds: clinicIds.optional(),
    patientId: patientId.nullable().optional().describe('null takes the patient away'),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), 'names nothing to change');

const listSchema = z.strictObject({
  ...pageFields,
  role: role.optional().describe('Of this role'),
  clinicId: z.string().refine(isClinicSlug, 'must be the slug of a clinic').optional().describe('Of this clinic'),
  disabled: z.enum(['true', 'false']).optional().describe('Only disabled accounts, or only the others'),
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe('Part of the username or name, whatever its case and accents'),
});
type ListQuery = z.infer<typeof listSchema>;

export function accountsRoutes(options: AccountsRoutesOptions): ApiRoute[] {
  const parts = { ...options, administration: new AccountAdministration(options) };
  return [
    listRoute(parts),
    createRoute(parts),
    readRoute(parts),
    changeRoute(parts),
    inviteRoute(parts),
    enrolmentRoute(parts),
    ...accountSessionRoutes(parts),
  ];
}

const listRoute = ({ accounts, cursors }: Parts): ApiRoute =>
  route({
    method: 'get',
    path: '/accounts',
    tag: TAG,
    summary: 'List accounts',
    description: 'In the order of usernames.',
    access: ADMIN_ONLY,
    query: listSchema,
    answers: { 200: { description: 'A page of accounts', schema: accountsPageSchema } },
    handle: async ({ principal, query: { limit, cursor, ...filters } }) => {
      const scope = cursorScope(principal, 'accounts', filters);
      const found: Account[] = [];
      for await (const account of accounts.scan(cursor === undefined ? undefined : cursors.open(cursor, scope))) {
        if (isMeant(account, filters)) found.push(account);
        if (found.length > limit) break;
      }
      const items = found.slice(0, limit);
      const last = found.length > limit ? items.at(-1) : undefined;
      return {
        body: { items: items.map(withoutSecrets), ...(last && { nextCursor: cursors.seal(last.username, scope) }) },
      };
    },
  });

function isMeant(account: Account, { role, clinicId, disabled, q }: Omit<ListQuery, 'limit' | 'cursor'>): boolean {
  if (role !== undefined && account.role !== role) return false;
  if (clinicId !== undefined && !account.clinicIds.includes(clinicId)) return false;
  if (disabled !== undefined && account.disabled !== (disabled === 'true')) return false;
  if (q === undefined) return true;
  const sought = foldText(q);
  return [account.username, account.name].some((text) => foldText(text).includes(sought));
}

const createRoute = (parts: Parts): ApiRoute =>
  route({
    method: 'post',
    path: '/accounts',
    tag: TAG,
    summary: 'Create an account',
    description:
      'Without a password the answer has an invitation: a link, good for seven days and one use, by which the owner of the ' +
      'account sets one. It is shown this once.',
    access: ADMIN_ONLY,
    body: { schema: newAccountSchema },
    answers: {
      201: { description: 'The account', schema: createdAccountSchema, headers: { Location: 'Of the account' } },
    },
    errors: ['username_taken'],
    handle: async ({ principal, body, req }) => {
      const { account, invitation } = await parts.administration.create(principal.userId, body);
      return {
        status: 201,
        headers: { ...NOT_STORED, Location: `${req.baseUrl}/accounts/${account.username}` },
        body: { ...account, ...(invitation && { invitation: withLink(invitation, parts, req) }) },
      };
    },
  });

const readRoute = ({ administration }: Parts): ApiRoute =>
  route({
    method: 'get',
    path: '/accounts/{username}',
    tag: TAG,
    summary: 'Read an account',
    access: ADMIN_ONLY,
    params: USERNAME,
    answers: { 200: { description: 'The account', schema: accountSchema } },
    errors: ['not_found'],
    handle: async ({ params: { username = '' } }) => ({ body: withoutSecrets(await administration.find(username)) }),
  });

const changeRoute = ({ administration }: Parts): ApiRoute =>
  route({
    method: 'patch',
    path: '/accounts/{username}',
    tag: TAG,
    summary: 'Disable or enable an account, or change its role, clinics, patient or name',
    description: 'Sessions that the account would no longer be given end at once, on devices as well, for good.',
    access: ADMIN_ONLY,
    params: USERNAME,
    body: { schema: changeSchema },
    answers: { 200: { description: 'The account as it now is', schema: accountSchema } },
    errors: ['not_found', 'own_account', 'last_administrator'],
    handle: async ({ principal, params: { username = '' }, body }) => ({
      body: await administration.change(principal.userId, username, body),
    }),
  });

const inviteRoute = (parts: Parts): ApiRoute =>
  route({
    method: 'post',
    path: '/accounts/{username}/invitation',
    tag: TAG,
    summary: 'Reset the password of an account',
    description:
      'The password that there was and earlier invitations are void, all sessions are over. The answer has a new link, good for ' +
      'seven days and one use, by which the owner sets a password. It is shown this once.',
    access: ADMIN_ONLY,
    params: USERNAME,
    answers: { 201: { description: 'The invitation', schema: invitationSchema } },
    errors: ['not_found', 'own_account', 'account_disabled', 'last_administrator'],
    handle: async ({ principal, params: { username = '' }, req }) => {
      const invitation = await parts.administration.invite(principal.userId, username);
      return { status: 201, headers: NOT_STORED, body: withLink(invitation, parts, req) };
    },
  });

const enrolmentRoute = ({ administration, devices, record }: Parts): ApiRoute =>
  route({
    method: 'post',
    path: '/accounts/{username}/enrolment-code',
    tag: TAG,
    summary: 'Let an account enrol one more device',
    description:
      'An account of which a device was revoked needs this for each further device. The answer has a code, good for one login within a ' +
      'day, as its `enrolmentCode`. It is shown this once; one that was made before is void.',
    access: ADMIN_ONLY,
    params: USERNAME,
    answers: { 201: { description: 'The code', schema: enrolmentCodeSchema } },
    errors: ['not_found'],
    handle: async ({ principal, params: { username = '' } }) => {
      const { userId } = await administration.find(username);
      const body = await devices.newEnrolmentCode(userId);
      await record({ kind: 'enrolment_allowed', userId, by: principal.userId });
      return { status: 201, headers: NOT_STORED, body };
    },
  });

const accountSessionRoutes = ({ administration, sessions }: Parts): ApiRoute[] => [
  route({
    method: 'get',
    path: '/accounts/{username}/sessions',
    tag: TAG,
    summary: 'List the sessions of an account',
    description: 'Those that are not over, the oldest first.',
    access: ADMIN_ONLY,
    params: USERNAME,
    answers: { 200: { description: 'The sessions', schema: sessionsSchema } },
    errors: ['not_found'],
    handle: async ({ principal, params: { username = '' } }) => {
      const found = await sessions.listOf(await administration.find(username));
      return { body: { items: found.map((session) => describeSession(session, principal.sessionId)) } };
    },
  }),
  route({
    method: 'delete',
    path: '/accounts/{username}/sessions',
    tag: TAG,
    summary: 'End all sessions of an account',
    access: ADMIN_ONLY,
    params: USERNAME,
    answers: { 204: { description: 'They are over' } },
    errors: ['not_found'],
    handle: async ({ principal, params: { username = '' } }) => {
      await administration.endSessions(principal.userId, username);
      return { status: 204 };
    },
  }),
];

/** The token stands in the fragment, which browsers send to nobody: so it is in no log. */
const withLink = ({ token, expiresAt }: Invitation, { publicUrl }: AccountsRoutesOptions, req: Request) => ({
  link: `${publicUrl ?? baseUrlOf(req)}/set-password#token=${token}`,
  token,
  expiresAt,
});
