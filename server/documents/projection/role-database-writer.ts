/** Brings role databases up to date with documents of the primary. Doing it again changes nothing. */
import { clinicDocId, parseId } from '../../../shared-schemas/ids.ts';
import { databasesOfClinic } from '../../../sync-rules/role-database.ts';
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import type { Database, Store, StoredRevision } from '../../store/store.ts';
import { applyPlan, type LeavesOf, planProjection, type WasSeen } from './projection.ts';
import type { RoleDatabases } from './role-databases.ts';

export interface RoleDatabaseWriterOptions {
  readonly store: Pick<Store, 'shared'>;
  readonly primary: Pick<Database, 'leaves'>;
  readonly roleDatabases: RoleDatabases;
  readonly rules: SyncRules;
}

export class RoleDatabaseWriter {
  readonly #options: RoleDatabaseWriterOptions;

  constructor(options: RoleDatabaseWriterOptions) {
    this.#options = options;
  }

  /** The caller holds the locks of these documents. Throws where a role database could not be written. */
  async write(leaves: LeavesOf, wasSeen: WasSeen): Promise<void> {
    const { rules, roleDatabases, store, primary } = this.#options;
    await this.#ensureDatabases(leaves);
    const plans = planProjection(rules, leaves);
    await Promise.all(
      plans.map(async (plan) => {
        const predecessor = await roleDatabases.serving(plan.database.name);
        for (const target of await roleDatabases.targets(plan.database.name))
          await applyPlan(plan, target, { predecessor, wasSeen });
      }),
    );
    // Another server may have written, and projected, a newer revision in between: then what it left out, because it was
    // not held here yet, is due now.
    if (!store.shared) return;
    const again = changedLeaves(leaves, await primary.leaves([...leaves.keys()]));
    if (again.size > 0) await this.write(again, wasSeen);
  }

  /** A clinic's role databases come into being with the clinic. No document can name a clinic before it exists. */
  async #ensureDatabases(leaves: LeavesOf): Promise<void> {
    const { roleDatabases } = this.#options;
    for (const id of leaves.keys()) {
      if (parseId(id)?.type !== 'clinic') continue;
      for (const database of databasesOfClinic(id.slice(clinicDocId('').length))) {
        if (roleDatabases.get(database.name)) continue;
        await roleDatabases.register(database);
        await roleDatabases.completeBuild(database.name);
      }
    }
  }
}

function changedLeaves(before: LeavesOf, after: LeavesOf): LeavesOf {
  const names = (leaves: readonly StoredRevision[] | undefined) =>
    (leaves ?? [])
      .map(({ rev }) => rev)
      .sort()
      .join();
  return new Map([...after].filter(([id, leaves]) => names(leaves) !== names(before.get(id))));
}
