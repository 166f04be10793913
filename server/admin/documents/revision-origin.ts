/**
 * By which way a revision came into being. Revisions that the server makes have ids that follow from content, parent and
 * purpose (revisions.ts): whichever way makes the same id is the one. What none makes was made on a device.
 */

import { LRUCache } from 'lru-cache';
import { childRevision } from '../../store/revisions.ts';
import type { StoredRevision } from '../../store/store.ts';

type Body = Readonly<Record<string, unknown>>;

const PURPOSES = {
  merge: 'merge',
  merged_side: 'merged',
  follow_patient: 'route',
  withdrawal: 'withdraw',
  erasure: 'erased',
  server: 'trusted',
} as const;

/**
 * `merge`: two concurrent changes as one; `merged_side`: the end of the one that was merged in; `follow_patient`: the document
 * went where its patient went; `withdrawal`: the same again, so that its author is told that it is out of sight; `server`:
 * imported, or made by the server; `online`: through REST; `device`: pushed.
 */
export type Origin = keyof typeof PURPOSES | 'online' | 'device';
export const ORIGINS: readonly Origin[] = [...(Object.keys(PURPOSES) as Origin[]), 'online', 'device'];

/** Those that are deletions; the others never are. */
const ENDS: ReadonlySet<string> = new Set<Origin>(['merged_side', 'erasure']);

export interface OriginRequest {
  readonly id: string;
  readonly rev: string;
  readonly parent: string | null;
  readonly deleted: boolean;
  readonly body: Body;
  /** What online clients of any role may have seen of the parent: what they did not see was not in what they sent. */
  readonly seenOfParent: () => readonly Body[];
  readonly parentBody: Body | undefined;
}

export function originOf(request: OriginRequest): Origin {
  const { id, rev, parent, deleted, body } = request;
  const base = parent === null ? undefined : parentOf(id, parent);
  const makes = (sent: Body, purpose = '') => childRevision(base, id, sent, { deleted, purpose }).rev === rev;
  for (const [origin, purpose] of Object.entries(PURPOSES))
    if (ENDS.has(origin) === deleted && makes(body, purpose)) return origin as Origin;
  return bodiesSentOnline(request).some((sent) => makes(sent)) ? 'online' : 'device';
}

/** Only its id matters here. */
const parentOf = (id: string, rev: string): StoredRevision => ({ id, rev, ancestry: [rev], deleted: false, body: {} });

/** What a client may have sent for this to be stored: the server adds the clinics it left, and what its author can't see. */
function bodiesSentOnline({ deleted, body, parentBody, seenOfParent }: OriginRequest): Body[] {
  if (deleted) return [{}];
  const { formerClinicIds: _, ...own } = body;
  const hidden = seenOfParent().map((seen) => Object.keys(parentBody ?? {}).filter((field) => !(field in seen)));
  const sent = [body, own, ...hidden.flatMap((fields) => [without(body, fields), without(own, fields)])];
  return [...new Map(sent.map((one) => [Object.keys(one).join(), one])).values()];
}

const without = (body: Body, fields: readonly string[]): Body =>
  Object.fromEntries(Object.entries(body).filter(([field]) => !fields.includes(field)));

const MAX_REMEMBERED = 50_000;

/** Remembers what was found out: revisions do not change, and an open page asks again and again. */
export class Origins {
  readonly #known = new LRUCache<string, Origin>({ max: MAX_REMEMBERED });

  readonly of = (request: OriginRequest): Origin => {
    const key = `${request.id}@${request.rev}`;
    const origin = this.#known.get(key) ?? originOf(request);
    this.#known.set(key, origin);
    return origin;
  };
}
