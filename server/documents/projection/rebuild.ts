/**
 * Builds role databases from the primary: new ones; all of them, after the rules changed; one anew under the same rules, after
 * it was damaged. A build goes on where it stopped, and not while the projector is paused. Every write is projected into both,
 * what serves and what is built.
 */
import equal from 'fast-deep-equal';
import { parseId } from '../../../shared-schemas/ids.ts';
import { scopeDatabases } from '../../../sync-rules/projection.ts';
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import type { KeyedLocks } from '../../lib/keyed-locks.ts';
import type { Logger } from '../../lib/logger.ts';
import { childRevision, winnerOf, withLeaf } from '../../store/revisions.ts';
import type { Database, LocalDocument, StoredRevision } from '../../store/store.ts';
import type { Commit } from '../write/commit.ts';
import { asDocument, storedBody, withFormerClinics } from '../write/document-policy.ts';
import type { MadeRevision, RevisionMaker } from '../write/made-revision.ts';
import { applyPlan, type DatabasePlan, dueIn, type LeavesOf, planProjection, tombstoneOf } from './projection.ts';
import type { ProjectorPause } from './projector-pause.ts';
import type { RoleDatabaseState, RoleDatabases } from './role-databases.ts';

const BATCH = 500;

export interface RebuildOptions {
  readonly maker: RevisionMaker;
  readonly primary: Database;
  /** Throws where a role database could not be written. */
  readonly commit: Commit;
  readonly roleDatabases: RoleDatabases;
  readonly rules: SyncRules;
  readonly locks: KeyedLocks;
  readonly pause: Pick<ProjectorPause, 'paused'>;
  readonly logger: Logger;
}

/** How far the build under way is; documents of the primary, counted as they stand in its changes feed. */
export interface BuildProgress {
  readonly databases: readonly string[];
  readonly done: number;
  readonly total: number;
}

/** What is kept of a build under way, for whoever goes on with it. */
interface BuildCheckpoint extends BuildProgress {
  /** The builds under construction, by role database. */
  readonly builds: Readonly<Record<string, string>>;
  readonly seq: string;
}

type GoesOn = () => boolean;

export class Rebuild {
  readonly #options: RebuildOptions;
  #progress: BuildProgress | undefined;

  constructor(options: RebuildOptions) {
    this.#options = options;
  }

  /** Of the build that this server is at. */
  progress(): BuildProgress | undefined {
    return this.#progress;
  }

  /** Of the build that any server is at, as it was written down, or that waits to be gone on with. */
  async keptProgress(): Promise<BuildProgress | undefined> {
    const kept = checkpointOf(await this.#options.primary.getLocal(this.#checkpointId));
    return this.#progress ?? (kept && { databases: kept.databases, done: kept.done, total: kept.total });
  }

  /**
   * Makes every role database one of the current epoch, and builds anew what was asked for. Devices read the old ones until the
   * new ones are complete. Ends early when the signal is aborted or the projector is paused.
   */
  async bringUpToDate(signal: AbortSignal): Promise<void> {
    const { roleDatabases, pause } = this.#options;
    const goesOn: GoesOn = () => !signal.aborted && !pause.paused;
    const stale = roleDatabases.list().filter((state) => !roleDatabases.isCurrent(state));
    for (const { database } of stale) if (goesOn()) await roleDatabases.beginBuild(database.name);
    // A patient's documents are one key range; everyone else's need the whole primary, read once for all of them.
    const first = this.#unfinished().filter(({ database, serving }) => database.role === 'patient' && !serving);
    for (const state of first) if (goesOn()) await this.fillPatient(state);
    const stopped = await this.#stopped();
    if (stopped) await this.#buildFromPrimary(stopped, goesOn);
    const together = this.#unfinished().filter((state) => !roleDatabases.isCurrent(state));
    if (together.length > 0 && goesOn()) await this.#buildFromPrimary(this.#begin(together), goesOn);
    for (const state of this.#unfinished().filter((one) => roleDatabases.isCurrent(one))) {
      if (!goesOn()) return;
      if (state.database.role === 'patient') await this.fillPatient(state, goesOn);
      else await this.#buildFromPrimary(this.#begin([state]), goesOn);
    }
  }

  /** Builds the database of a patient account from the documents of that patient: the first, or one beside what serves. */
  async fillPatient(
    { database }: Pick<RoleDatabaseState, 'database'>,
    goesOn: GoesOn = () => !this.#options.pause.paused,
  ): Promise<void> {
    const { primary, roleDatabases, locks } = this.#options;
    for await (const rows of primary.walk({ prefix: `${database.scope}:`, pageSize: BATCH })) {
      if (!goesOn()) return;
      const ids = rows.map(({ id }) => id);
      await locks.run([database.scope], () => this.#project(ids, new Set([database.name])));
    }
    await this.#carryOver(database.name, goesOn);
    if (goesOn()) await roleDatabases.completeBuild(database.name);
  }

  get #checkpointId(): string {
    return `build-${this.#options.roleDatabases.epoch}`;
  }

  #unfinished(): RoleDatabaseState[] {
    const { roleDatabases } = this.#options;
    return roleDatabases.list().filter((state) => roleDatabases.isBuilding(state));
  }

  #begin(states: readonly RoleDatabaseState[]): BuildCheckpoint {
    const builds = Object.fromEntries(states.map(({ database, building }) => [database.name, building ?? '']));
    return { databases: Object.keys(builds), builds, seq: '0', done: 0, total: 0 };
  }

  /** The build that a stopped process was at, as far as it is still to be done. */
  async #stopped(): Promise<BuildCheckpoint | undefined> {
    const { primary, roleDatabases } = this.#options;
    const kept = checkpointOf(await primary.getLocal(this.#checkpointId));
    const due = Object.entries(kept?.builds ?? {}).filter(
      ([name, build]) => roleDatabases.get(name)?.building === build,
    );
    return kept && due.length > 0
      ? { ...kept, databases: due.map(([name]) => name), builds: Object.fromEntries(due) }
      : undefined;
  }

  async #buildFromPrimary(from: BuildCheckpoint, goesOn: GoesOn): Promise<void> {
    const { primary, roleDatabases, locks, logger } = this.#options;
    const { databases, builds } = from;
    const only = new Set(databases);
    let { seq, done } = from;
    logger.info({ databases: databases.length, resumes: done > 0 }, 'building role databases');
    while (goesOn()) {
      const page = await primary.changes({ since: seq, limit: BATCH });
      const ids = page.results.map(({ id }) => id).filter((id) => parseId(id));
      await locks.run(
        ids.map((id) => parseId(id)?.patientId ?? id),
        () => this.#project(ids, only),
      );
      seq = page.lastSeq;
      done += page.results.length;
      this.#progress = { databases, done, total: done + page.pending };
      await primary.putLocal(this.#checkpointId, { ...this.#progress, builds, seq });
      logger.info({ done, total: done + page.pending }, 'building role databases');
      if (page.results.length < BATCH) break;
    }
    for (const name of databases) await this.#carryOver(name, goesOn);
    this.#progress = undefined;
    if (!goesOn()) return;
    for (const name of databases) await roleDatabases.completeBuild(name);
    await primary.removeLocal(this.#checkpointId);
    logger.info({ databases: databases.length, documents: done }, 'role databases built');
  }

  /**
   * What the database that serves holds beyond what the primary says, devices may hold as well: deletions that only it has, of
   * refused creations, go on; anything else is ended by a deletion that follows it.
   */
  async #carryOver(name: string, goesOn: GoesOn): Promise<void> {
    const { roleDatabases, locks } = this.#options;
    const [serving, building] = [await roleDatabases.serving(name), await roleDatabases.building(name)];
    if (!serving || !building || serving === building) return;
    let since = '0';
    while (goesOn()) {
      const { results, lastSeq } = await serving.changes({ since, limit: BATCH });
      const beyond = await building.missing(new Map(results.map(({ id, revs }) => [id, revs])));
      const keys = [...beyond.keys()].map((id) => parseId(id)?.patientId ?? id);
      if (keys.length > 0)
        await locks.run(keys, async () => {
          // Documents that the primary's range, or its changes, did not bring: deleted ones, and what is on its way right now.
          await this.#project([...beyond.keys()], new Set([name]));
          const alone = await building.missing(beyond);
          const leaves = [...(await serving.leaves([...alone.keys()])).values()].flat();
          await building.write(leaves.filter(({ id, rev }) => alone.get(id)?.includes(rev)).map(ended));
        });
      since = lastSeq;
      if (results.length < BATCH) return;
    }
  }

  /** Fills the databases under construction with some documents. The caller holds their locks. */
  async #project(ids: readonly string[], only: ReadonlySet<string>): Promise<void> {
    const { primary, commit, roleDatabases } = this.#options;
    const leaves = new Map(await primary.leaves(ids));
    const touched = await this.#touch(this.#plan(leaves, only), leaves, only);
    for (const revision of touched) leaves.set(revision.id, withLeaf(leaves.get(revision.id) ?? [], revision));
    // A new revision goes everywhere; what has none is lacking only where it is being built.
    if (touched.length > 0) await commit({ leaves, accepted: touched });
    for (const plan of this.#plan(leaves, only)) {
      const { name } = plan.database;
      const target = only.has(name) ? await roleDatabases.building(name) : undefined;
      if (target) await applyPlan(plan, target, { predecessor: await roleDatabases.serving(name) });
    }
  }

  /** As for any write; and, for a type that a role may no longer read at all, what takes it from those who could. */
  #plan(leaves: LeavesOf, only: ReadonlySet<string>): DatabasePlan[] {
    const plans = planProjection(this.#options.rules, leaves);
    const planned = new Set(
      plans.flatMap((plan) => dueIn(plan, () => true).map(({ id }) => `${plan.database.name} ${id}`)),
    );
    const dropped = [...leaves].flatMap(([id, current]) => {
      const databases = new Map(
        current
          .flatMap((leaf) => scopeDatabases(asDocument(id, leaf.body)))
          .map((database) => [database.name, database]),
      );
      return [...databases.values()]
        .filter(({ name }) => only.has(name) && !planned.has(`${name} ${id}`))
        .map((database) => ({ database, visible: [], withdrawn: [], gone: current.map(tombstoneOf) }));
    });
    return [...plans, ...dropped];
  }

  /**
   * A device that has a revision never asks for it again: where the new rules show another body under a revision that the
   * serving database shows, the document gets a new revision of equal content, which carries the new look to every device. So it
   * does where the serving database, damaged, has a successor of the revision that nobody wrote.
   */
  async #touch(plans: readonly DatabasePlan[], leaves: LeavesOf, only: ReadonlySet<string>): Promise<MadeRevision[]> {
    const due = new Set<string>();
    for (const plan of plans) {
      const serving = only.has(plan.database.name)
        ? await this.#options.roleDatabases.serving(plan.database.name)
        : undefined;
      if (!serving) continue;
      const planned = dueIn(plan, () => true);
      const shown = await serving.leaves(planned.map(({ id }) => id));
      for (const { id, rev, deleted, body } of planned) {
        const before = shown.get(id)?.find((leaf) => leaf.rev === rev);
        if (before && (before.deleted !== deleted || (!deleted && !equal(before.body, body)))) due.add(id);
        const after = deleted ? [] : (shown.get(id) ?? []).filter((leaf) => leaf.ancestry.indexOf(rev) > 0);
        if (await this.#anyUnknown(id, after)) due.add(id);
      }
    }
    return [...due].flatMap((id) => {
      const current = leaves.get(id) ?? [];
      const winner = winnerOf(current);
      if (!winner || winner.deleted) return [];
      const body = storedBody(withFormerClinics(asDocument(id, winner.body), []));
      const { maker, roleDatabases } = this.#options;
      return [maker.made('rules_change', winner, { id, body }, current, { epoch: roleDatabases.epoch })];
    });
  }

  async #anyUnknown(id: string, leaves: readonly StoredRevision[]): Promise<boolean> {
    if (leaves.length === 0) return false;
    return (await this.#options.primary.missing(new Map([[id, leaves.map(({ rev }) => rev)]]))).size > 0;
  }
}

const ended = (leaf: StoredRevision): StoredRevision =>
  leaf.deleted
    ? tombstoneOf(leaf)
    : childRevision(leaf, leaf.id, {}, { deleted: true, purpose: 'not of this database' });

const checkpointOf = (kept: LocalDocument | undefined): BuildCheckpoint | undefined =>
  kept && typeof kept.builds === 'object' ? (kept as unknown as BuildCheckpoint) : undefined;
