/** Exclusion on a store that one process has to itself. */
import { KeyedLocks } from '../lib/keyed-locks.ts';
import type { Claim, Claims, Exclusion, Lease } from './exclusion.ts';
import type { StoredRevision } from './store.ts';

const HELD: Lease = { check: async () => {} };

export class LocalExclusion implements Exclusion {
  readonly #locks = new KeyedLocks();
  readonly claims: Claims = new NoClaims();

  alone<T>(names: Iterable<string>, work: (lease: Lease) => Promise<T>): Promise<T> {
    return this.#locks.run(names, () => work(HELD));
  }
}

/** The locks that the writer of a document holds are all there is to hold. */
class NoClaims implements Claims {
  last(): undefined {}

  async read(): Promise<ReadonlyMap<string, Claim>> {
    return new Map();
  }

  async take(documentId: string, _: Claim | undefined, revisions: readonly StoredRevision[]): Promise<Claim> {
    return { documentId, revisions, token: '' };
  }

  clear(): void {}

  async forget(): Promise<void> {}

  async idle(): Promise<void> {}
}
