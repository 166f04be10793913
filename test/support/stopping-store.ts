/** A store whose process ends at the n-th step that changes something: that step and every later one fail. */
import type { Database, Store } from '../../server/store/store.ts';

export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export interface StoppingStore extends Store {
  /** Steps taken so far. */
  steps(): number;
  readonly stopped: () => boolean;
}

const CHANGES = new Set<PropertyKey>(['write', 'replace', 'putLocal', 'removeLocal', 'forgetOldBodies']);

/** `stopAfter`: how many changing steps succeed. */
export function stoppingStore(store: Store, stopAfter: number): StoppingStore {
  let steps = 0;
  let stopped = false;
  const step = (changes: boolean) => {
    if (changes && !stopped) {
      if (steps >= stopAfter) stopped = true;
      else steps++;
    }
    if (stopped) throw new Stopped(`stopped after ${steps} steps`);
  };
  const wrapDatabase = (database: Database): Database =>
    new Proxy(database, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        // A walk is made of ranges, which come by here one by one.
        if (typeof value !== 'function' || property === 'walk') return value;
        return async (...args: unknown[]) => {
          // Writing nothing is not a step.
          step(CHANGES.has(property) && !(property === 'write' && (args[0] as unknown[]).length === 0));
          return await (value as (...args: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  return {
    kind: store.kind,
    shared: store.shared,
    open: async (name, options) => {
      step(false);
      return wrapDatabase(await store.open(name, options));
    },
    list: () => store.list(),
    destroy: async (name) => {
      step(true);
      await store.destroy(name);
    },
    sizeBytes: (name) => store.sizeBytes(name),
    ping: () => store.ping(),
    status: () => store.status(),
    onUpdate: (listener) => store.onUpdate(listener),
    close: async () => {},
    steps: () => steps,
    stopped: () => stopped,
  };
}
