/**
 * Builds role databases from the primary: new ones, and, after the rules changed, all of them anew beside those that
 * serve. A build goes on where it stopped. While it lasts, every write is projected into both.
 */
import equal from 'fast-deep-equal';
import { parseId } from '../../shared-schemas/ids.ts';
import { scopeDatabases } from '../../sync-rules/projection.ts';
import type { SyncRules } from '../../sync-rules/sync-rules.ts';
import type { Logger } from '../logger.ts';
import { childRevision, winnerOf } from '../revisions.ts';
import type { Database, StoredRevision } from '../store/store.ts';
import { asDocument } from '../write/document-policy.ts';
import type { History } from '../write/history.ts';
import type { KeyedLocks } from '../write/keyed-locks.ts';
import { applyPlan, type DatabasePlan, type LeavesOf, planProjection, tombstoneOf } from './projection.ts';
import type { RoleDatabaseState, RoleDatabases } from './role-databases.ts';

const BATCH = 500;

export interface RebuildOptions {
  readonly primary: Database;
  readonly history: History;
  readonly roleDatabases: RoleDatabases;
  readonly rules: SyncRules;
  readonly locks: KeyedLocks;
  readonly logger: Logger;
}

/** How far the build under way is; documents of the primary, counted as they stand in its changes feed. */
export interface BuildProgress {
  readonly databases: readonly string[];
  readonly done: number;
  readonly total: number;
}

export class Rebuild {
  readonly #options: RebuildOptions;
  #progress: BuildProgress | undefined;

  constructor(options: RebuildOptions) {
    this.#options = options;
  }

  progress(): BuildProgress | undefined {
    return this.#progress;
  }

  /** Makes every role database one of the current epoch. Devices read the old ones until the new ones are complete. */
  async bringUpToDate(signal: AbortSignal): Promise<void> {
    const { roleDatabases } = this.#options;
    const stale = roleDatabases.list().filter(({ serving }) => serving !== roleDatabases.epoch);
    for (const { database } of stale) await roleDatabases.beginBuild(database.name);
    // A patient's documents are one key range; everyone else's need the whole primary, read once for all of them.
    const unfinished = roleDatabases.list().filter(({ building }) => building === roleDatabases.epoch);
    for (const state of unfinished.filter(({ database, serving }) => database.role === 'patient' && !serving)) {
      await this.fillPatient(state);
    }
    const rest = roleDatabases.list().filter(({ building }) => building === roleDatabases.epoch);
    if (rest.length > 0)
      await this.#buildFromPrimary(
        rest.map(({ database }) => database.name),
        signal,
      );
  }

  /** Builds the first database of a patient account from the documents of that patient. */
  async fillPatient({ database }: Pick<RoleDatabaseState, 'database'>): Promise<void> {
    const { primary, roleDatabases, locks } = this.#options;
    let startKey = `${database.scope}:`;
    for (;;) {
      const rows = await primary.range({ startKey, endKey: `${database.scope}:\ufff0`, limit: BATCH });
      const ids = rows.map(({ id }) => id);
      await locks.run([database.scope], () => this.#project(ids, new Set([database.name])));
      const last = ids.at(-1);
      if (rows.length < BATCH || last === undefined) break;
      startKey = `${last}\u0000`;
    }
    await roleDatabases.completeBuild(database.name);
  }

  async #buildFromPrimary(names: readonly string[], signal: AbortSignal): Promise<void> {
    const { primary, roleDatabases, locks, logger } = this.#options;
    const checkpoint = `build-${roleDatabases.epoch}`;
    const started = await primary.getLocal(checkpoint);
    // Another set of databases than the one a stopped build was for is begun from the start.
    const resumes = equal(started?.databases, names);
    let seq = resumes ? String(started?.seq) : '0';
    let done = resumes ? Number(started?.done) : 0;
    const only = new Set(names);
    logger.info({ databases: names.length, resumes }, 'building role databases');
    while (!signal.aborted) {
      const page = await primary.changes({ since: seq, limit: BATCH });
      const ids = page.results.map(({ id }) => id).filter((id) => parseId(id));
      await locks.run(
        ids.map((id) => parseId(id)?.patientId ?? id),
        () => this.#project(ids, only),
      );
      seq = page.lastSeq;
      done += page.results.length;
      this.#progress = { databases: names, done, total: done + page.pending };
      await primary.putLocal(checkpoint, { databases: names, seq, done });
      logger.info({ done, total: done + page.pending }, 'building role databases');
      if (page.results.length < BATCH) break;
    }
    if (signal.aborted) return;
    for (const name of names) await roleDatabases.completeBuild(name);
    this.#progress = undefined;
    await primary.removeLocal(checkpoint);
    logger.info({ databases: names.length, documents: done }, 'role databases built');
  }

  /** Fills the databases under construction with some documents. The caller holds their locks. */
  async #project(ids: readonly string[], only: ReadonlySet<string>): Promise<void> {
    const { primary, history, roleDatabases } = this.#options;
    const leaves = new Map(await primary.leaves(ids));
    const touched = await this.#touch(this.#plan(leaves, only), leaves, only);
    await primary.write(touched);
    await history.keep(touched);
    const again = touched.length > 0 ? new Map(await primary.leaves(ids)) : leaves;
    for (const plan of this.#plan(again, only)) {
      const { name } = plan.database;
      // A new revision goes everywhere; without one, only what is being built lacks anything.
      const targets =
        touched.length > 0
          ? await roleDatabases.targets(name)
          : only.has(name)
            ? [await roleDatabases.building(name)]
            : [];
      const serving = await roleDatabases.serving(name);
      for (const target of targets) if (target) await applyPlan(plan, target, serving);
    }
  }

  /** As for any write; and, for a type that a role may no longer read at all, what takes it from those who could. */
  #plan(leaves: LeavesOf, only: ReadonlySet<string>): DatabasePlan[] {
    const plans = planProjection(this.#options.rules, leaves);
    const planned = new Set(
      plans.flatMap(({ database, visible, gone }) => [...visible, ...gone].map(({ id }) => `${database.name} ${id}`)),
    );
    const dropped = [...leaves].flatMap(([id, current]) => {
      const databases = new Map(
        current
          .flatMap((leaf) => scopeDatabases(asDocument(id, leaf.body)))
          .map((database) => [database.name, database]),
      );
      return [...databases.values()]
        .filter(({ name }) => only.has(name) && !planned.has(`${name} ${id}`))
        .map((database) => ({ database, visible: [], gone: current.map(tombstoneOf) }));
    });
    return [...plans, ...dropped];
  }

  /**
   * A device that has a revision never asks for it again: where the new rules show another body under a revision that the
   * serving database shows, the document gets a new revision of equal content, which carries the new look to every device.
   */
  async #touch(plans: readonly DatabasePlan[], leaves: LeavesOf, only: ReadonlySet<string>): Promise<StoredRevision[]> {
    const due = new Set<string>();
    for (const plan of plans) {
      const serving = only.has(plan.database.name)
        ? await this.#options.roleDatabases.serving(plan.database.name)
        : undefined;
      if (!serving) continue;
      const planned = [...plan.visible, ...plan.gone];
      const shown = await serving.leaves(planned.map(({ id }) => id));
      for (const { id, rev, deleted, body } of planned) {
        const before = shown.get(id)?.find((leaf) => leaf.rev === rev);
        if (before && (before.deleted !== deleted || (!deleted && !equal(before.body, body)))) due.add(id);
      }
    }
    return [...due].flatMap((id) => {
      const winner = winnerOf(leaves.get(id) ?? []);
      return winner && !winner.deleted
        ? [childRevision(winner, id, winner.body, { purpose: `rules ${this.#options.roleDatabases.epoch}` })]
        : [];
    });
  }
}
