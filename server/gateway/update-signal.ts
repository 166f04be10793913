/** Wakes waiting requests: one subscription to the store serves them all. */
import type { Store } from '../store/store.ts';

export class UpdateSignal {
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(store: Pick<Store, 'onUpdate'>) {
    store.onUpdate((name) => {
      for (const listener of this.#listeners.get(name) ?? []) listener();
    });
  }

  on(databaseName: string, listener: () => void): () => void {
    const set = this.#listeners.get(databaseName) ?? new Set();
    this.#listeners.set(databaseName, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0) this.#listeners.delete(databaseName);
    };
  }

  /** Requests waiting now. */
  get waiting(): number {
    return [...this.#listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
}
