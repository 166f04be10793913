/** Every revision's body, for good: CouchDB's compaction forgets earlier versions, a medical record must not. */
import type { Database, StoredRevision } from '../store/store.ts';

/** Ids sort by document: all versions of a patient's documents are one key range. */
export const historyId = (id: string, rev: string): string => `${id}@${rev}`;

export class History {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps revisions; one that is kept already stays as it is. */
  async keep(revisions: readonly StoredRevision[]): Promise<void> {
    await this.#database.write(
      revisions.map(({ id, rev, ancestry, deleted, body }) => {
        const entryRev = `1-${rev.slice(rev.indexOf('-') + 1)}`;
        const entry = { documentId: id, rev, parent: ancestry[1] ?? null, deleted, body };
        return { id: historyId(id, rev), rev: entryRev, ancestry: [entryRev], deleted: false, body: entry };
      }),
    );
  }

  /** The body of a revision, or undefined where it was never kept. */
  async body(id: string, rev: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const leaf = (await this.#database.leaves([historyId(id, rev)])).get(historyId(id, rev))?.[0];
    return leaf?.body.body as Readonly<Record<string, unknown>> | undefined;
  }

  /** Those of the revisions that are not kept yet. */
  async missing(
    revisions: readonly { readonly id: string; readonly rev: string }[],
  ): Promise<{ id: string; rev: string }[]> {
    const known = await this.#database.known(revisions.map(({ id, rev }) => historyId(id, rev)));
    return revisions.filter(({ id, rev }) => !known.has(historyId(id, rev))).map(({ id, rev }) => ({ id, rev }));
  }
}
