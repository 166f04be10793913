/** Databases that tell what was asked of them, and that fail or wait where they are told to. */
import type { Database } from '../../../server/store/store.ts';

export class ReadFailed extends Error {
  override readonly name = 'ReadFailed';
}

export interface WatchedDatabase {
  readonly database: Database;
  /** Names of the methods that were called, in order. */
  readonly calls: readonly string[];
}

/** `before` comes before each call; `calls` has that call in it already. */
function watch(database: Database, before: (calls: readonly string[]) => Promise<void> | void): WatchedDatabase {
  const calls: string[] = [];
  const watched = new Proxy(database, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      // A walk is made of ranges, which come by here one by one.
      if (typeof value !== 'function' || property === 'walk') return value;
      return async (...args: unknown[]) => {
        calls.push(String(property));
        await before(calls);
        return await (value as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  return { database: watched, calls };
}

/** `failAfter`: how many calls succeed. */
export const watchedDatabase = (database: Database, failAfter = Number.POSITIVE_INFINITY): WatchedDatabase =>
  watch(database, (calls) => {
    if (calls.length > failAfter) throw new ReadFailed(`call ${calls.length} fails`);
  });

/** Calls of one method wait until it is released, and no longer then. */
export function heldDatabase(
  database: Database,
  method: keyof Database,
): WatchedDatabase & { readonly release: () => void } {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const watched = watch(database, (calls) => (calls.at(-1) === method ? released : undefined));
  return { ...watched, release };
}
