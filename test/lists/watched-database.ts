/** A database that tells what was asked of it, and that fails from one call on where it is told to. */
import type { Database } from '../../server/store/store.ts';

export class ReadFailed extends Error {
  override readonly name = 'ReadFailed';
}

export interface WatchedDatabase {
  readonly database: Database;
  /** Names of the methods that were called, in order. */
  readonly calls: readonly string[];
}

/** `failAfter`: how many calls succeed. */
export function watchedDatabase(database: Database, failAfter = Number.POSITIVE_INFINITY): WatchedDatabase {
  const calls: string[] = [];
  const watched = new Proxy(database, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        calls.push(String(property));
        if (calls.length > failAfter) throw new ReadFailed(`call ${calls.length} fails`);
        return await (value as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  return { database: watched, calls };
}
