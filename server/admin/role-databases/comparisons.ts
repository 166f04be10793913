/**
 * Comparisons of role databases with the primary that administrators start: one after the other on a server, their state and
 * result kept in the store, so that every server answers it, and a restart does not lose it.
 */
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import type { ProjectorLag } from '../../documents/projection/projector.ts';
import type { PauseState } from '../../documents/projection/projector-pause.ts';
import type { RoleDatabases } from '../../documents/projection/role-databases.ts';
import { KeyedLocks } from '../../lib/keyed-locks.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Database } from '../../store/store.ts';
import { ComparisonWithPrimary } from './compare-with-primary.ts';
import type { DocumentDifference } from './document-difference.ts';

const MAX_ROWS = 1_000;
const SAVE_INTERVAL_MS = 1_000;
/** A server that did not write for so long has stopped. */
const ALIVE_MS = 30_000;

/** `stopped`: the server did, before it was done. */
export type ComparisonState = 'none' | 'waiting' | 'running' | 'finished' | 'failed' | 'stopped';

export interface ComparisonView {
  readonly name: string;
  readonly state: ComparisonState;
  /** User id of the administrator. */
  readonly by?: string;
  /** ISO 8601. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** Documents and changes read, and how many there are to be read, about. */
  readonly done?: number;
  readonly total?: number;
  /** How many documents were compared. */
  readonly documents?: number;
  /** How many of them differ. */
  readonly differing?: number;
  /** Of those that differ, the first thousand. */
  readonly differences?: readonly DocumentDifference[];
  /** Whether the projector was paused: then what was written meanwhile differs. */
  readonly paused?: boolean;
  /** Why it failed, and what to do. */
  readonly problem?: string;
}

interface Kept {
  readonly view: ComparisonView;
  readonly savedAtMs: number;
}

export interface ComparisonsOptions {
  readonly primary: Database;
  /** Where they are kept. */
  readonly registry: Pick<Database, 'getLocal' | 'putLocal'>;
  readonly roleDatabases: Pick<RoleDatabases, 'get' | 'serving' | 'servingName'>;
  readonly rules: SyncRules;
  readonly locks: KeyedLocks;
  readonly projector: { lag(): ProjectorLag };
  readonly pause: { readonly paused: PauseState | undefined };
  readonly store: { readonly shared: boolean };
  readonly logger: Pick<Logger, 'error'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Ends a comparison; the message is for the administrator. */
class ComparisonEnded extends Error {
  override readonly name = 'ComparisonEnded';
}

export class Comparisons {
  readonly #options: ComparisonsOptions;
  /** Those that wait or run on this server. */
  readonly #current = new Map<string, ComparisonView>();
  readonly #turns = new KeyedLocks();
  /** Writes of one comparison keep their order. */
  readonly #saves = new KeyedLocks();
  readonly #listeners = new Set<() => void>();
  readonly #running = new Set<Promise<void>>();
  #savedAtMs = 0;
  #stopping = false;

  constructor(options: ComparisonsOptions) {
    this.#options = options;
  }

  /** Where one is under way on this server, that one goes on. */
  async start(name: string, by: string): Promise<ComparisonView> {
    const known = this.#current.get(name);
    if (known) return known;
    const begun: ComparisonView = { name, state: 'waiting', by, startedAt: this.#now() };
    this.#current.set(name, begun);
    await this.#save(begun);
    const running = this.#turns.run(['turn'], () => this.#run(begun)).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return begun;
  }

  async view(name: string): Promise<ComparisonView> {
    const own = this.#current.get(name);
    if (own) return own;
    const kept = await this.#options.registry.getLocal(idOf(name));
    if (!kept) return { name, state: 'none' };
    const { savedAtMs, view } = kept as unknown as Kept;
    const isUnderWay = view.state === 'waiting' || view.state === 'running';
    const isAlive = this.#options.store.shared && this.#options.nowMs() - savedAtMs < ALIVE_MS;
    return isUnderWay && !isAlive ? { ...view, state: 'stopped' } : view;
  }

  /** Changes whenever one gets on: to be compared. */
  glance(): string {
    return JSON.stringify([...this.#current.values()].map(({ name, state, done }) => [name, state, done]));
  }

  /** Ends what is under way; it is answered as stopped. */
  async close(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#running);
  }

  /** `listener` is called when one ended. */
  onEnd(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #run(begun: ComparisonView): Promise<void> {
    const { name } = begun;
    try {
      const result = await this.#compare(begun);
      await this.#save({ ...begun, ...result, state: 'finished', finishedAt: this.#now() });
    } catch (error) {
      const isExpected = error instanceof ComparisonEnded;
      if (!isExpected) this.#options.logger.error({ err: error, database: name }, 'a comparison failed');
      const problem = isExpected
        ? error.message
        : 'The databases could not be read; the cause is in the log of the server.';
      const state = this.#stopping ? 'stopped' : 'failed';
      await this.#saveOrLog({ ...begun, state, problem, finishedAt: this.#now() });
    } finally {
      this.#current.delete(name);
      for (const listener of this.#listeners) listener();
    }
  }

  async #compare(begun: ComparisonView): Promise<Partial<ComparisonView>> {
    const { roleDatabases, pause, store, projector } = this.#options;
    const { name } = begun;
    const database = roleDatabases.get(name)?.database;
    const serving = await roleDatabases.serving(name);
    if (!serving || !database)
      throw new ComparisonEnded('It is being built for the first time: compare it when it is done.');
    const differences: DocumentDifference[] = [];
    let [differing, paused] = [0, false];
    const comparison = new ComparisonWithPrimary({
      ...this.#options,
      serving,
      database,
      projector: { lag: () => projector.lag(), isPaused: () => pause.paused !== undefined },
      shared: store.shared,
      check: () => {
        paused ||= pause.paused !== undefined;
        if (this.#stopping) throw new ComparisonEnded('The server stopped: start it again.');
        if (roleDatabases.servingName(name) !== serving.name)
          throw new ComparisonEnded('Devices were given another build of it meanwhile: start it again.');
      },
      onProgress: (done, total) => this.#progress({ ...begun, state: 'running', done, total }),
      onDifference: (difference) => {
        differing++;
        if (differences.length < MAX_ROWS) differences.push(difference);
      },
    });
    const documents = await comparison.run();
    return { documents, differing, differences, paused };
  }

  #progress(view: ComparisonView): void {
    this.#current.set(view.name, view);
    if (!this.#options.store.shared || this.#options.nowMs() - this.#savedAtMs < SAVE_INTERVAL_MS) return;
    this.#savedAtMs = this.#options.nowMs();
    // For the other servers only: those that wait are alive as well.
    void Promise.all([...this.#current.values()].map((one) => this.#saveOrLog(one)));
  }

  #saveOrLog(view: ComparisonView): Promise<void> {
    return this.#save(view).catch((error: unknown) =>
      this.#options.logger.error({ err: error, database: view.name }, 'the state of a comparison was not written'),
    );
  }

  #save(view: ComparisonView): Promise<void> {
    return this.#saves.run([view.name], async () => {
      const kept: Kept = { view, savedAtMs: this.#options.nowMs() };
      await this.#options.registry.putLocal(idOf(view.name), { ...kept });
    });
  }

  #now(): string {
    return new Date(this.#options.nowMs()).toISOString();
  }
}

const idOf = (name: string): string => `comparison.${name}`;
