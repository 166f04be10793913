/** The audit log, for administrators. */
import { z } from 'zod';
import { ULID_PATTERN } from '../../shared-schemas/fields.ts';
import type { AuditEntry, AuditKind, AuditLog } from '../audit/audit-log.ts';
import { type ApiRoute, route } from '../http/api-route.ts';
import { describedPage, pageFields } from '../http/paging.ts';
import type { Database } from '../store/store.ts';
import { staffNames } from './staff-names.ts';

export interface AuditRoutesOptions {
  readonly audit: Pick<AuditLog, 'list'>;
  readonly primary: Pick<Database, 'winners'>;
}

/** An entry with the names that the staff directory has now. */
export type NamedAuditEntry = AuditEntry & { readonly userName?: string; readonly byName?: string };

const AUDIT_ID = new RegExp(`^${ULID_PATTERN}$`);

const entrySchema = {
  type: 'object',
  description: 'Never changed once it is made. What else it holds depends on its kind: ids and facts, no patient data.',
  properties: {
    auditId: { type: 'string', description: 'Later entries have greater ones' },
    at: { type: 'string', format: 'date-time' },
    kind: { type: 'string', description: 'What was done' },
    userId: { type: 'string', description: 'The account that it is about' },
    userName: { type: 'string', description: 'What it is called in the staff directory now' },
    by: { type: 'string', description: 'User id of who did it, where that is somebody else' },
    byName: { type: 'string', description: 'Their name there' },
  },
  required: ['auditId', 'at', 'kind'],
};

export const auditRoutes = ({ audit, primary }: AuditRoutesOptions): ApiRoute[] => [
  route({
    method: 'get',
    path: '/audit',
    tag: 'administration',
    summary: 'List what was done by whom, the newest first',
    description: 'A page may be short, or empty, where few entries match: `nextCursor` tells whether there is more.',
    access: { roles: ['admin'] },
    query: z.strictObject({
      ...pageFields,
      cursor: z
        .string()
        .regex(AUDIT_ID, 'is not one of this list')
        .optional()
        .describe('`nextCursor` of the page before'),
      kind: z.string().min(1).max(40).optional().describe('Of this kind'),
      userId: z.string().min(1).max(64).optional().describe('About this account, or done by it'),
    }),
    answers: { 200: describedPage(entrySchema, 'A page') },
    handle: async ({ query: { limit, cursor, kind, userId } }) => {
      const page = await audit.list({ limit, before: cursor, kind: kind as AuditKind | undefined, userId });
      return { body: { ...page, items: await named(primary, page.items) } };
    },
  }),
];

async function named(
  primary: AuditRoutesOptions['primary'],
  entries: readonly AuditEntry[],
): Promise<NamedAuditEntry[]> {
  const people = entries.map((entry) => ({
    userId: 'userId' in entry ? entry.userId : undefined,
    by: 'by' in entry ? entry.by : undefined,
  }));
  const names = await staffNames(
    primary,
    people.flatMap(({ userId, by }) => [userId, by]),
  );
  return entries.map((entry, at) => {
    const { userId = '', by = '' } = people[at] ?? {};
    const [userName, byName] = [names.get(userId), names.get(by)];
    return { ...entry, ...(userName !== undefined && { userName }), ...(byName !== undefined && { byName }) };
  });
}
