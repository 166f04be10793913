/** Claims as documents: each is replaced by the next one, and emptied in between. */
import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Claim, Claims } from './exclusion.ts';
import { childRevision } from './revisions.ts';
import type { Database, RangeRow, StoredRevision } from './store.ts';

const PREFIX = 'claim:';
const MAX_REMEMBERED = 10_000;
const PAGE = 25;

interface Remembered {
  readonly claim: Claim;
  /** The token that it had before this server cleared it. */
  readonly clearedFrom?: string;
}

export class StoredClaims implements Claims {
  readonly #database: Database;
  readonly #remembered = new LRUCache<string, Remembered>({ max: MAX_REMEMBERED });
  readonly #clearing = new Map<string, Promise<void>>();

  constructor(database: Database) {
    this.#database = database;
  }

  last(documentId: string): Claim | undefined {
    return this.#remembered.get(documentId)?.claim;
  }

  async read(documentIds: readonly string[]): Promise<ReadonlyMap<string, Claim>> {
    const rows = await this.#database.winners(documentIds.map(idOf));
    const claims = rows.flatMap((row) => (row ? [toClaim(row)] : []));
    for (const claim of claims) this.#remember({ claim });
    return new Map(claims.map((claim) => [claim.documentId, claim]));
  }

  async take(
    documentId: string,
    previous: Claim | undefined,
    revisions: readonly StoredRevision[],
  ): Promise<Claim | undefined> {
    await this.#clearing.get(documentId);
    const known = this.#remembered.get(documentId);
    // Cleared by this server since it was read, it is no other claim.
    const base = previous && previous.token === known?.clearedFrom ? known.claim.token : previous?.token;
    const taken = await this.#database.replace(idOf(documentId), base, bodyOf(revisions));
    if (!taken.won) {
      this.#remembered.delete(documentId);
      return undefined;
    }
    const claim = { documentId, revisions, token: taken.rev };
    this.#remember({ claim });
    return claim;
  }

  clear(claim: Claim): void {
    const { documentId, token } = claim;
    if (this.last(documentId)?.token !== token) return;
    this.#remember({ claim: { ...claim, revisions: [] } });
    const clearing = this.#database
      .replace(idOf(documentId), token, bodyOf([]))
      .then((cleared) => {
        if (cleared.won)
          this.#remember({ claim: { documentId, revisions: [], token: cleared.rev }, clearedFrom: token });
        else this.#remembered.delete(documentId);
      })
      // It stays until the next claim.
      .catch(() => {})
      .finally(() => this.#clearing.delete(documentId));
    this.#clearing.set(documentId, clearing);
  }

  async forget(documentIds: readonly string[]): Promise<void> {
    for (let at = 0; at < documentIds.length; at += PAGE)
      await Promise.all(documentIds.slice(at, at + PAGE).map((documentId) => this.#empty(documentId)));
    await this.#database.forgetOldBodies(documentIds.map(idOf));
  }

  async idle(): Promise<void> {
    await Promise.all(this.#clearing.values());
  }

  /** Makes a new claim of nothing, also where there was none: whoever judged before it is too late. */
  async #empty(documentId: string): Promise<void> {
    const id = idOf(documentId);
    await this.#clearing.get(documentId);
    this.#remembered.delete(documentId);
    for (;;) {
      const [winner, ...others] = (await this.#database.leaves([id])).get(id) ?? [];
      const lost = others.filter(({ deleted }) => !deleted);
      await this.#database.write(lost.map((leaf) => childRevision(leaf, id, {}, { deleted: true })));
      if ((await this.#database.replace(id, winner?.rev, bodyOf([]))).won) return;
    }
  }

  #remember(remembered: Remembered): void {
    this.#remembered.set(remembered.claim.documentId, remembered);
  }
}

const idOf = (documentId: string): string => `${PREFIX}${documentId}`;

/** Two servers may claim the same, and one of them is to win. */
const bodyOf = (revisions: readonly StoredRevision[]) => ({ revisions, by: randomUUID() });

const toClaim = ({ id, rev, body }: RangeRow): Claim => ({
  documentId: id.slice(PREFIX.length),
  revisions: body.revisions as readonly StoredRevision[],
  token: rev,
});
