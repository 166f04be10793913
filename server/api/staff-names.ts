/** What people are called whose user ids something names, by the staff directory. Patients have no entry there. */
import { parseId } from '../../shared-schemas/ids.ts';
import type { Database } from '../store/store.ts';

/** By user id; who is not in the directory is left out. */
export async function staffNames(
  primary: Pick<Database, 'winners'>,
  userIds: readonly (string | undefined)[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(userIds.filter((userId) => userId !== undefined))].filter((id) => parseId(entryOf(id)));
  if (wanted.length === 0) return new Map();
  const entries = await primary.winners(wanted.map(entryOf));
  return new Map(
    wanted.flatMap((userId, at) => {
      const name = entries[at]?.body.name;
      return typeof name === 'string' ? [[userId, name] as const] : [];
    }),
  );
}

/** Entries of the staff directory are named after the accounts. */
const entryOf = (userId: string): string => `staff:staff:${userId.slice(1)}`;
