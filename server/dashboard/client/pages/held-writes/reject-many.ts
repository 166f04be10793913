/** Rejects many held writes, however many the server takes at once. */
import type { HeldWriteItem, ResultOfMany } from '../../../../admin/held-writes/held-write-views.ts';
import { fetchJson } from '../../api.ts';
import { HELD_WRITES } from './held-query.ts';

const AT_ONCE = 500;

export interface ManyOutcome {
  readonly rejected: readonly HeldWriteItem[];
  /** Somebody decided on them in between. */
  readonly decidedBefore: readonly HeldWriteItem[];
  /** Their patients were erased in between. */
  readonly notFound: readonly HeldWriteItem[];
}

/** Throws an ApiProblem; those of the parts before are rejected then, and rejecting them again changes nothing. */
export async function rejectMany(items: readonly HeldWriteItem[], note: string): Promise<ManyOutcome> {
  const results = new Map<string, string>();
  for (let at = 0; at < items.length; at += AT_ONCE) {
    const ids = items.slice(at, at + AT_ONCE).map(({ id }) => id);
    const answer = await fetchJson<ResultOfMany>(`${HELD_WRITES}/decide`, {
      method: 'POST',
      body: { ids, decision: 'reject', note },
    });
    for (const { id, result } of answer.items) results.set(id, result);
  }
  const those = (wanted: ResultOfMany['items'][number]['result']) =>
    items.filter(({ id }) => results.get(id) === wanted);
  return { rejected: those('rejected'), decidedBefore: those('decided_before'), notFound: those('not_found') };
}
