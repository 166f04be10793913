/** Whether a server, asked over HTTP, has nothing left to do by itself. */
import { epochOf } from '../../../server/documents/projection/physical-name.ts';
import { syncRules } from '../../../sync-rules/sync-rules.ts';
import type { ApiClient } from '../../support/api-client.ts';

interface Readiness {
  readonly status: string;
  readonly checks: { readonly projector: { readonly pending: number }; readonly build?: unknown };
}
interface RoleDatabase {
  readonly state: string;
  readonly build?: string;
}

/** Everything is projected, and every role database is built under the rules of this release. */
export async function isIdle(admin: ApiClient): Promise<boolean> {
  const { body } = await admin.request<Readiness>('GET', '/readyz');
  if (body.status !== 'ok' || body.checks.projector.pending > 0 || body.checks.build) return false;
  const { items } = await admin.ok<{ items: RoleDatabase[] }>('GET', '/api/admin/role-databases?limit=500');
  const epoch = epochOf(syncRules.fingerprint);
  return items.every(({ state, build }) => state === 'serving' && build?.startsWith(epoch));
}
