/** Refused writes, kept whole for review: nothing that someone wrote at a bedside is thrown away. */
import { createHash } from 'node:crypto';
import type { Fault } from '../../shared-schemas/validate.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import type { Refusal } from '../../sync-rules/refusal.ts';
import { childRevision } from '../revisions.ts';
import type { Database, StoredRevision } from '../store/store.ts';

export interface HeldWrite {
  readonly documentId: string;
  readonly rev: string;
  readonly parent: string | null;
  readonly deleted: boolean;
  /** As it was pushed. */
  readonly body: Readonly<Record<string, unknown>>;
  /** A refusal code, or `merge_dropped`: the losing side of a merge that could not keep all of it. */
  readonly code: Refusal['code'] | 'merge_dropped';
  readonly message: string;
  readonly faults?: readonly Fault[];
  readonly by: Principal | null;
  /** ISO 8601. */
  readonly heldAt: string;
}

export class HeldWrites {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps the writes durably. The same revision refused again to the same person is kept once. */
  async keep(writes: readonly HeldWrite[]): Promise<void> {
    await this.#database.write(writes.map(toRevision));
  }

  async list(limit: number): Promise<HeldWrite[]> {
    const rows = await this.#database.range({ startKey: 'held:', endKey: 'held:\ufff0', limit });
    return rows.map(({ body }) => body as unknown as HeldWrite);
  }
}

function toRevision(write: HeldWrite): StoredRevision {
  const key = JSON.stringify([write.documentId, write.rev, write.by?.userId ?? '']);
  const id = `held:${createHash('sha256').update(key).digest('hex')}`;
  // The first refusal stands: the time it came back does not make a second revision of it.
  return { ...childRevision(undefined, id, { key }), body: { ...write } };
}
