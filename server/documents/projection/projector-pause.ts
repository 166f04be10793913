/**
 * Whether the projector is paused, for all servers that share the store and across restarts: one document in the registry. What
 * another server says is taken in when the store tells of it, a moment later.
 */
import { DocumentTable } from '../../store/document-table.ts';
import type { Database } from '../../store/store.ts';

export interface PauseState {
  /** ISO 8601: since when. */
  readonly at: string;
  /** User id of the administrator. */
  readonly by: string;
}

interface PauseDocument extends PauseState {
  readonly paused: boolean;
}

const KEY = 'pause';

export class ProjectorPause {
  readonly #table: DocumentTable<PauseDocument>;
  readonly #listeners = new Set<() => void>();
  #paused: PauseState | undefined;
  #changes = 0;

  private constructor(registry: Database) {
    // Of two servers that said different things at once, the later one is right.
    this.#table = new DocumentTable(registry, 'projector:', (winner, others) =>
      others.reduce((latest, other) => (other.at > latest.at ? other : latest), winner),
    );
  }

  static async load(registry: Database): Promise<ProjectorPause> {
    const pause = new ProjectorPause(registry);
    await pause.reload();
    return pause;
  }

  /** Undefined while the projector runs. */
  get paused(): PauseState | undefined {
    return this.#paused;
  }

  /** Takes in what another server said. */
  async reload(): Promise<void> {
    const changes = this.#changes;
    const found = await this.#table.get(KEY);
    // What was read may be older than what was said here meanwhile.
    if (changes === this.#changes) this.#take(found);
  }

  /** Durable when it resolves. Answers whether that changed anything. */
  pause(now: PauseState): Promise<boolean> {
    return this.#say({ paused: true, ...now });
  }

  resume(now: PauseState): Promise<boolean> {
    return this.#say({ paused: false, ...now });
  }

  /** `listener` is called when it was paused or resumed, here or elsewhere. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #say(said: PauseDocument): Promise<boolean> {
    const found = await this.#table.update(KEY, (known) => ((known?.paused ?? false) === said.paused ? known : said));
    this.#changes++;
    this.#take(found);
    return found === said;
  }

  #take(found: PauseDocument | undefined): void {
    const before = this.#paused;
    this.#paused = found?.paused ? { at: found.at, by: found.by } : undefined;
    if (before?.at === this.#paused?.at) return;
    for (const listener of this.#listeners) listener();
  }
}
