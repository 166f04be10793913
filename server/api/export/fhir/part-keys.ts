/** Names for the items of a list that have no id of their own. */
import { createHash } from 'node:crypto';

const LENGTH = 12;

/**
 * A key for each item, made of what the item is: it stays the same when other items come, go or change places, so that a
 * later export gives the same allergy the same id. Of items that are alike, the later ones are numbered.
 * @param identityOf what makes the item this one and not another
 */
export function partKeys<T>(items: readonly T[], identityOf: (item: T) => readonly (string | undefined)[]): string[] {
  const counts = new Map<string, number>();
  return items.map((item) => {
    const key = createHash('sha256')
      .update(JSON.stringify(identityOf(item).map((value) => value ?? null)))
      .digest('hex')
      .slice(0, LENGTH);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count === 1 ? key : `${key}-${count}`;
  });
}
