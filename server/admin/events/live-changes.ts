/**
 * Tells open pages what changed, so that they ask for it again: which subjects, never what. Notices are gathered for a moment, so
 * that a thousand writes are one.
 */

export const TOPICS = [
  'overview',
  'devices',
  'held-writes',
  'role-databases',
  'documents',
  'accounts',
  'audit',
  'system',
] as const;
export type Topic = (typeof TOPICS)[number];

const GATHER_MS = 500;

type Listener = (topics: readonly Topic[]) => void;

export class LiveChanges {
  readonly #listeners = new Set<Listener>();
  readonly #gatherMs: number;
  #gathered = new Set<Topic>();
  #timer: NodeJS.Timeout | undefined;

  constructor(gatherMs = GATHER_MS) {
    this.#gatherMs = gatherMs;
  }

  note(...topics: readonly Topic[]): void {
    // With nobody looking, nothing is worth remembering: who comes later asks for everything.
    if (this.#listeners.size === 0) return;
    for (const topic of topics) this.#gathered.add(topic);
    this.#timer ??= setTimeout(() => this.#tell(), this.#gatherMs).unref();
  }

  /** Whether anybody is to be told. */
  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    const topics = [...this.#gathered];
    this.#gathered = new Set();
    this.#timer = undefined;
    for (const listener of this.#listeners) listener(topics);
  }
}
