/**
 * Refused writes, kept whole for review: nothing that someone wrote at a bedside is thrown away, but for what concerns an
 * erased patient.
 */
import { createHash } from 'node:crypto';
import type { Fault } from '../../shared-schemas/validate.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import type { Refusal } from '../../sync-rules/refusal.ts';
import { removeForGood } from '../erasure/remove-for-good.ts';
import { childRevision } from '../revisions.ts';
import type { Database, StoredRevision } from '../store/store.ts';

export interface HeldWrite {
  readonly documentId: string;
  readonly rev: string;
  readonly parent: string | null;
  readonly deleted: boolean;
  /** As it was pushed; empty where the patient was erased before. */
  readonly body: Readonly<Record<string, unknown>>;
  /** A refusal code, or `merge_dropped`: the losing side of a merge that could not keep all of it. */
  readonly code: Refusal['code'] | 'merge_dropped';
  readonly message: string;
  readonly faults?: readonly Fault[];
  readonly by: Principal | null;
  /** ISO 8601. */
  readonly heldAt: string;
}

const PAGE = 500;

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

  /** The ids under which content is held that concerns a patient. Reads everything that is held: for an erasure only. */
  async entriesOf(patientId: string): Promise<string[]> {
    const found: string[] = [];
    let startKey = 'held:';
    for (;;) {
      const rows = await this.#database.range({ startKey, endKey: 'held:\ufff0', limit: PAGE });
      const theirs = rows.filter(({ body }) => concerns(body as unknown as HeldWrite, patientId));
      found.push(...theirs.map(({ id }) => id));
      const last = rows.at(-1)?.id;
      if (rows.length < PAGE || last === undefined) return found;
      startKey = `${last}\u0000`;
    }
  }

  /** Removes entries for good, by the ids under which they are held. */
  erase(entries: readonly string[]): Promise<void> {
    return removeForGood(this.#database, entries);
  }
}

/** A write may have been refused because its id and its patient do not agree: it holds data of both. */
const concerns = ({ documentId, body }: HeldWrite, patientId: string): boolean =>
  Object.keys(body).length > 0 && (documentId.startsWith(`${patientId}:`) || body.patientId === patientId);

function toRevision(write: HeldWrite): StoredRevision {
  const key = JSON.stringify([write.documentId, write.rev, write.by?.userId ?? '']);
  const id = `held:${createHash('sha256').update(key).digest('hex')}`;
  // The first refusal stands: the time it came back does not make a second revision of it.
  return { ...childRevision(undefined, id, { key }), body: { ...write } };
}
