/**
 * Every revision's body, for good: CouchDB's compaction forgets earlier versions, a medical record must not. Only an erasure
 * removes it.
 */

import { removeForGood } from '../store/remove-for-good.ts';
import type { Database, StoredRevision } from '../store/store.ts';
import { isErasedLeaf } from './write/erased-documents.ts';
import type { Made } from './write/made-revision.ts';

/** Ids sort by document: all versions of a patient's documents are one key range. */
export const historyId = (id: string, rev: string): string => `${id}@${rev}`;

/** A revision that is kept. */
export interface KeptRevision {
  readonly id: string;
  readonly rev: string;
  /** Whether it is the deletion that is left of an erased document. */
  readonly erased: boolean;
}

/** A revision with what is kept of it. */
export interface KeptVersion extends Partial<Made> {
  readonly rev: string;
  readonly parent: string | null;
  readonly deleted: boolean;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Version 0.1.0 did not write down how a revision came about. */
interface Entry extends KeptVersion {
  readonly documentId: string;
}

/** To be kept; `made` is absent where it is not known. */
export type RevisionToKeep = StoredRevision & { readonly made?: Made | undefined };

export class History {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps revisions; one that is kept already stays as it is. */
  async keep(revisions: readonly RevisionToKeep[]): Promise<void> {
    await this.#database.write(
      revisions.map(({ id, rev, ancestry, deleted, body, made }) => {
        const entryRev = `1-${rev.slice(rev.indexOf('-') + 1)}`;
        const entry: Entry = { documentId: id, rev, parent: ancestry[1] ?? null, deleted, body, ...made };
        return { id: historyId(id, rev), rev: entryRev, ancestry: [entryRev], deleted: false, body: { ...entry } };
      }),
    );
  }

  /** The body of a revision, or undefined where it was never kept. */
  async body(id: string, rev: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    return (await this.bodies(id, [rev]))[0];
  }

  /** The bodies of revisions of one document, in the order asked; undefined where one was never kept. */
  async bodies(
    id: string,
    revs: readonly string[],
  ): Promise<readonly (Readonly<Record<string, unknown>> | undefined)[]> {
    const leaves = await this.#database.leaves(revs.map((rev) => historyId(id, rev)));
    return revs.map((rev) => leaves.get(historyId(id, rev))?.[0]?.body.body as Record<string, unknown> | undefined);
  }

  /** Those of the revisions that are not kept yet. */
  async missing(
    revisions: readonly { readonly id: string; readonly rev: string }[],
  ): Promise<{ id: string; rev: string }[]> {
    const known = await this.#database.known(revisions.map(({ id, rev }) => historyId(id, rev)));
    return revisions.filter(({ id, rev }) => !known.has(historyId(id, rev))).map(({ id, rev }) => ({ id, rev }));
  }

  /** What is kept of documents whose ids begin with `prefix`. */
  async list(prefix: string): Promise<KeptRevision[]> {
    const kept: KeptRevision[] = [];
    for await (const rows of this.#database.walk({ prefix })) {
      for (const { body } of rows) {
        const entry = body as unknown as Entry;
        kept.push({ id: entry.documentId, rev: entry.rev, erased: isErasedLeaf(entry) });
      }
    }
    return kept;
  }

  /** What is kept of one document, whole: at most `limit` of its revisions, in no order. */
  async versions(id: string, limit: number): Promise<KeptVersion[]> {
    const rows = await this.#database.range({ prefix: historyId(id, ''), limit });
    return rows.map(({ body }) => {
      const { documentId: _, ...version } = body as unknown as Entry;
      return version;
    });
  }

  /** Removes what is kept of these revisions, for good; they stay known, and are not kept again. */
  erase(revisions: readonly { readonly id: string; readonly rev: string }[]): Promise<void> {
    return removeForGood(
      this.#database,
      revisions.map(({ id, rev }) => historyId(id, rev)),
    );
  }
}
