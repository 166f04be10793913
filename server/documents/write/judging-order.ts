/** In which order the rows of one push are judged. */
import { generationOf, type StoredRevision } from '../../store/store.ts';

/**
 * Deletions after the rest: a tablet that resolved a conflict sends the side that stays and the deletion of the other in any
 * order. But what a row grows from comes before it: judged afterwards it would pass for known, and be kept nowhere.
 */
export function judgingOrder(rows: readonly StoredRevision[]): readonly StoredRevision[] {
  const ordered = new Set(rows.map(({ id }) => id)).size === rows.length ? rows : eachInItsLine(rows);
  const grownFrom = new Set(
    ordered === rows ? [] : rows.flatMap(({ id, ancestry }) => ancestry.slice(1).map((rev) => `${id}@${rev}`)),
  );
  const isLast = ({ id, rev, deleted }: StoredRevision) => deleted && !grownFrom.has(`${id}@${rev}`);
  return [...ordered.filter((row) => !isLast(row)), ...ordered.filter(isLast)];
}

/** The rows of one document in the order of their generations, at the places that rows of it have. */
function eachInItsLine(rows: readonly StoredRevision[]): readonly StoredRevision[] {
  const lines = new Map<string, StoredRevision[]>();
  for (const row of rows) lines.set(row.id, [...(lines.get(row.id) ?? []), row]);
  for (const line of lines.values()) line.sort((a, b) => generationOf(a.rev) - generationOf(b.rev));
  return rows.flatMap(({ id }) => lines.get(id)?.shift() ?? []);
}
