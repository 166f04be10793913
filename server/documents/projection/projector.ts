/**
 * Replicates the primary into the role databases: at once after a write, and from the primary's changes feed. The first is
 * for speed. The second is the guarantee: its checkpoint moves only after its writes landed, so whatever a stopped process
 * left undone between any two steps is done by the next one.
 */
import { LRUCache } from 'lru-cache';
import { parseId, patientDocId } from '../../../shared-schemas/ids.ts';
import { BackgroundLoop } from '../../lib/background-loop.ts';
import type { KeyedLocks } from '../../lib/keyed-locks.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Change, Database, Store, StoredRevision } from '../../store/store.ts';
import type { Commit } from '../write/commit.ts';
import type { LeavesById } from '../write/settle.ts';
import type { LeavesOf, WasSeen } from './projection.ts';
import type { ProjectorPause } from './projector-pause.ts';
import type { RoleDatabaseWriter } from './role-database-writer.ts';

const CHECKPOINT = 'projector';
const BATCH = 500;
const IDLE_MS = 30_000;
const CHECKPOINT_INTERVAL_MS = 1_000;
const MAX_RECENT = 100_000;

export interface ProjectorOptions {
  readonly store: Pick<Store, 'onUpdate' | 'shared'>;
  readonly primary: Database;
  readonly writer: Pick<RoleDatabaseWriter, 'write'>;
  /** Finishes what a stopped process left undone; it throws where a role database could not be written. */
  readonly commit: Commit;
  /** Keeps in the history what a stopped process did not. */
  readonly keepMissing: (leaves: readonly StoredRevision[]) => Promise<void>;
  readonly locks: KeyedLocks;
  /** While it holds, nothing is projected: what was written meanwhile is done afterwards. */
  readonly pause: ProjectorPause;
  readonly logger: Logger;
  readonly nowMs: () => number;
}

export interface ProjectorLag {
  /** Changes of the primary not looked at yet. */
  readonly pending: number;
  /** Seconds since it was last known to be caught up. */
  readonly lagSeconds: number;
  readonly failing: boolean;
}

export class Projector {
  readonly #options: ProjectorOptions;
  readonly #loop: BackgroundLoop;
  readonly #recent = new LRUCache<string, true>({ max: MAX_RECENT });
  #unsubscribe: readonly (() => void)[] = [];
  #checkpoint: string | undefined;
  #savedCheckpoint: string | undefined;
  #savedAtMs = 0;
  #caughtUpAtMs: number;
  #pending = 0;
  /** Inline projections that failed, and how many of them the background has come past. */
  #misses = 0;
  #missesMended = 0;

  constructor(options: ProjectorOptions) {
    this.#options = options;
    const { paused } = options.pause;
    // A process that starts while it is paused counts from where the pause began.
    this.#caughtUpAtMs = paused ? Date.parse(paused.at) : options.nowMs();
    this.#loop = new BackgroundLoop({
      name: 'projector',
      step: () => this.#step(),
      idleMs: IDLE_MS,
      logger: options.logger,
    });
  }

  start(): void {
    const { store, primary, pause } = this.#options;
    this.#unsubscribe = [
      store.onUpdate((name) => {
        if (name === primary.name) this.#loop.wake();
      }),
      pause.onChange(() => this.#loop.wake()),
    ];
    this.#loop.start();
  }

  /** Ends after the step under way. Throws where the position can't be saved: the next start goes on from an earlier one. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#loop.stop();
    await this.#saveCheckpoint();
  }

  /** The store is back, as far as anybody knows. */
  retry(): void {
    this.#loop.retry();
  }

  lag(): ProjectorLag {
    const lagSeconds =
      this.#pending === 0 && !this.#loop.failing ? 0 : (this.#options.nowMs() - this.#caughtUpAtMs) / 1_000;
    return { pending: this.#pending, lagSeconds, failing: this.#loop.failing };
  }

  /** Everything up to this sequence of the primary has been projected. */
  position(): string {
    return this.#checkpoint ?? '0';
  }

  /** Catches up with what was written when this is called; only counts it while paused. Throws where a step fails. */
  async catchUp(): Promise<void> {
    while (await this.#step());
    await this.#saveCheckpoint();
  }

  /** Inline: the caller holds the locks of these documents and has just written them. */
  async projectNow(leaves: LeavesOf, wasSeen: WasSeen): Promise<void> {
    if (this.#options.pause.paused) return this.#noteMiss();
    try {
      await this.#options.writer.write(leaves, wasSeen);
      if (this.#misses === this.#missesMended)
        for (const { id, rev } of [...leaves.values()].flat()) this.#recent.set(`${id}@${rev}`, true);
    } catch (error) {
      this.#noteMiss();
      this.#options.logger.error({ err: error }, 'inline projection failed; the projector does it again');
    }
  }

  /** What was left out may be what later writes rest on (a clinic's databases): from here on everything is done again. */
  #noteMiss(): void {
    this.#misses++;
    this.#recent.clear();
  }

  async #step(): Promise<boolean> {
    const { primary, pause } = this.#options;
    const misses = this.#misses;
    this.#checkpoint ??= String((await primary.getLocal(CHECKPOINT))?.seq ?? '0');
    if (pause.paused) return this.#count(this.#checkpoint);
    const page = await primary.changes({ since: this.#checkpoint, limit: BATCH });
    this.#pending = page.results.length + page.pending;
    const due = page.results.filter((change) => !this.#isRecent(change) && parseId(change.id));
    if (due.length > 0) await this.#catchUpWith(due.map(({ id }) => id));
    this.#checkpoint = page.lastSeq;
    this.#pending = page.pending;
    const caughtUp = page.results.length < BATCH;
    if (caughtUp) {
      this.#caughtUpAtMs = this.#options.nowMs();
      this.#missesMended = misses;
    }
    if (due.length > 0 || this.#options.nowMs() - this.#savedAtMs > CHECKPOINT_INTERVAL_MS)
      await this.#saveCheckpoint();
    return !caughtUp;
  }

  /** While it is paused: how much there is to be done. */
  async #count(checkpoint: string): Promise<boolean> {
    const { results, pending } = await this.#options.primary.changes({ since: checkpoint, limit: 1 });
    this.#pending = results.length + pending;
    if (this.#pending === 0) this.#caughtUpAtMs = this.#options.nowMs();
    return false;
  }

  async #catchUpWith(candidates: readonly string[]): Promise<void> {
    const { locks, primary, commit, keepMissing } = this.#options;
    const keys = candidates.map((id) => parseId(id)?.patientId ?? id);
    await locks.run(keys, async () => {
      const context = candidates.flatMap((id) => patientDocOf(id));
      const leaves: LeavesById = new Map(await primary.leaves([...candidates, ...context]));
      // What was written inline while this waited for its turn is done.
      const ids = candidates.filter(
        (id) => !(leaves.get(id) ?? []).every((leaf) => this.#recent.has(`${id}@${leaf.rev}`)),
      );
      await keepMissing(ids.flatMap((id) => leaves.get(id) ?? []));
      const moved = ids.filter((id) => parseId(id)?.type === 'patient').flatMap((id) => parseId(id)?.patientId ?? []);
      await commit({ leaves, accepted: [], settle: { movedPatients: new Set(moved) }, alsoProject: ids });
    });
  }

  async #saveCheckpoint(): Promise<void> {
    if (this.#checkpoint === undefined || this.#checkpoint === this.#savedCheckpoint) return;
    await this.#options.primary.putLocal(CHECKPOINT, { seq: this.#checkpoint });
    this.#savedCheckpoint = this.#checkpoint;
    this.#savedAtMs = this.#options.nowMs();
  }

  #isRecent({ id, revs }: Change): boolean {
    return revs.every((rev) => this.#recent.has(`${id}@${rev}`));
  }
}

function patientDocOf(id: string): string[] {
  const patientId = parseId(id)?.patientId;
  return patientId === undefined ? [] : [patientDocId(patientId)];
}
