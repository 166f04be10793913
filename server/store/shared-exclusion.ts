/** Exclusion on a store that several servers share: leases and claims, kept in a database of their own. */
import { KeyedLocks } from '../lib/keyed-locks.ts';
import { StoredClaims } from './claims.ts';
import type { Claims, Exclusion, Lease } from './exclusion.ts';
import { HeldLease } from './lease.ts';
import type { Database } from './store.ts';

export class SharedExclusion implements Exclusion {
  readonly #database: Database;
  readonly #locks = new KeyedLocks();
  readonly claims: Claims;

  /** Nothing else is in the database. */
  constructor(database: Database) {
    this.#database = database;
    this.claims = new StoredClaims(database);
  }

  alone<T>(names: Iterable<string>, work: (lease: Lease) => Promise<T>): Promise<T> {
    // In one order everywhere: of two that take the same names, neither waits for the other's second one.
    const sorted = [...new Set(names)].sort();
    // Work of one process waits here, and only one of its kind asks the store.
    return this.#locks.run(sorted, () => this.#withLeases(sorted, work));
  }

  async #withLeases<T>(names: readonly string[], work: (lease: Lease) => Promise<T>): Promise<T> {
    const held: HeldLease[] = [];
    try {
      for (const name of names) held.push(await HeldLease.take(this.#database, name));
      return await work({ check: async () => void (await Promise.all(held.map((lease) => lease.check()))) });
    } finally {
      await Promise.all(held.map((lease) => lease.release()));
    }
  }
}
