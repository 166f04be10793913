/** What the people are called whose user ids held writes name, by the staff directory. Patients have no entry there. */
import type { Database } from '../../store/store.ts';

/** By user id; who is not in the directory is left out. */
export async function staffNames(
  primary: Pick<Database, 'winners'>,
  userIds: readonly (string | undefined)[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(userIds.filter((userId) => userId !== undefined))];
  const entries = await primary.winners(wanted.map((userId) => `staff:staff:${userId.slice(1)}`));
  return new Map(
    wanted.flatMap((userId, at) => {
      const name = entries[at]?.body.name;
      return typeof name === 'string' ? [[userId, name] as const] : [];
    }),
  );
}
