/** Where the data of one patient are kept, and how they are removed from there. Each step may be done again at any time. */
import { patientDocId } from '../../../shared-schemas/ids.ts';
import type { Claims } from '../../store/exclusion.ts';
import type { Database, Store } from '../../store/store.ts';
import type { HeldWrites } from '../held-writes.ts';
import type { History } from '../history.ts';
import { parsePhysicalName } from '../projection/physical-name.ts';
import { tombstoneOf } from '../projection/projection.ts';
import type { Projector } from '../projection/projector.ts';
import { type ErasureStamp, isErasedLeaf } from '../write/erased-documents.ts';
import type { WritePath } from '../write/write-path.ts';

const PAGE = 500;

export interface PatientDataOptions {
  readonly store: Pick<Store, 'list' | 'open'>;
  /** Beginning of the names of all databases. */
  readonly databasePrefix: string;
  readonly primary: Database;
  readonly history: Pick<History, 'list' | 'missing' | 'erase'>;
  readonly held: Pick<HeldWrites, 'entriesOf' | 'erase'>;
  readonly writePath: Pick<WritePath, 'eraseDocuments' | 'exclusively'>;
  readonly projector: Pick<Projector, 'position'>;
  readonly exclusion: { readonly claims: Pick<Claims, 'forget'> };
}

interface Revision {
  readonly id: string;
  readonly rev: string;
}

export class PatientData {
  readonly #options: PatientDataOptions;

  constructor(options: PatientDataOptions) {
    this.#options = options;
  }

  /** All documents of the patient, deleted ones as well; the patient's own comes first, whether there is one or not. */
  async documentIds(patientId: string): Promise<string[]> {
    const { history } = this.#options;
    const found = new Set([patientDocId(patientId)]);
    for (const { id } of await history.list(`${patientId}:`)) found.add(id);
    for (const id of await this.#liveIds(patientId)) found.add(id);
    for (const id of await this.#recentIds(patientId)) found.add(id);
    return [...found];
  }

  /** Whether anything of the patient is kept, or was until it was erased. */
  async isKnown(patientId: string): Promise<boolean> {
    const ids = await this.documentIds(patientId);
    if (ids.length > 1 || (await this.#options.primary.known(ids)).size > 0) return true;
    return (await this.heldWrites(patientId)).length > 0;
  }

  /** Every document becomes a deletion, in the primary and in all role databases; nothing of the patient is accepted any more. */
  async endDocuments(ids: readonly string[], stamp: ErasureStamp): Promise<void> {
    await this.#options.writePath.eraseDocuments(ids, stamp);
  }

  /**
   * Every role database forgets what it held of the documents. That includes those which serve no longer, but are removed at
   * the next start only. Answers how many role databases those were.
   */
  async forgetInRoleDatabases(patientId: string, ids: readonly string[]): Promise<number> {
    const { store, databasePrefix } = this.#options;
    const holders = new Set<string>();
    for (const physical of await store.list()) {
      const role = parsePhysicalName(databasePrefix, physical)?.database;
      if (!role || role.role === 'reference' || (role.role === 'patient' && role.scope !== patientId)) continue;
      const database = await store.open(physical);
      const known = await this.#endIn(database, ids);
      if (known.length === 0) continue;
      holders.add(role.name);
      await database.forgetOldBodies(known);
    }
    return holders.size;
  }

  /** With what servers that share the store had claimed to write. */
  async forgetInPrimary(ids: readonly string[]): Promise<void> {
    const { primary, exclusion } = this.#options;
    await exclusion.claims.forget(ids);
    await primary.forgetOldBodies(ids);
  }

  /**
   * After the primary forgot: what the projector takes from there into the history is there when it is listed, or never will
   * be. `ids`: entries that were ended, but are not forgotten yet, are no longer listed; they are found from the documents'
   * revisions.
   */
  async eraseHistory(patientId: string, ids: readonly string[]): Promise<void> {
    const { history, writePath } = this.#options;
    const listed = await writePath.exclusively(patientDocId(patientId), () => history.list(`${patientId}:`));
    await history.erase([...listed.filter(({ erased }) => !erased), ...(await this.#revisionsBefore(ids))]);
  }

  heldWrites(patientId: string): Promise<string[]> {
    return this.#options.held.entriesOf(patientId);
  }

  async eraseHeldWrites(entries: readonly string[]): Promise<void> {
    await this.#options.held.erase(entries);
  }

  /** Whether anything is to be removed that was there before, or that another server wrote meanwhile. */
  async isLeft(patientId: string): Promise<boolean> {
    const { primary, history } = this.#options;
    const ids = await this.documentIds(patientId);
    for (const page of pagesOf(ids)) {
      const leaves = [...(await primary.leaves(page)).values()].flat();
      if (!leaves.every(isErasedLeaf)) return true;
    }
    const kept = await history.list(`${patientId}:`);
    return kept.some(({ erased }) => !erased) || (await this.heldWrites(patientId)).length > 0;
  }

  /** How many documents were erased, and how many of their revisions the history had; the same at any time afterwards. */
  async count(ids: readonly string[]): Promise<{ documents: number; revisions: number }> {
    const before = await this.#revisionsBefore(ids);
    const missing = await this.#options.history.missing(before);
    return { documents: new Set(before.map(({ id }) => id)).size, revisions: before.length - missing.length };
  }

  async #liveIds(patientId: string): Promise<string[]> {
    const ids: string[] = [];
    for await (const rows of this.#options.primary.walk({ prefix: `${patientId}:` }))
      ids.push(...rows.map(({ id }) => id));
    return ids;
  }

  /** A deletion whose history a failed write lacks is found among the changes that the projector has not come past. */
  async #recentIds(patientId: string): Promise<string[]> {
    const { primary, projector } = this.#options;
    const ids: string[] = [];
    let since = projector.position();
    for (;;) {
      const { results, lastSeq } = await primary.changes({ since, limit: PAGE });
      ids.push(...results.map(({ id }) => id).filter((id) => id.startsWith(`${patientId}:`)));
      if (results.length < PAGE) return ids;
      since = lastSeq;
    }
  }

  /** Puts the deletions of the primary into a role database; answers which of the documents it knows. */
  async #endIn(database: Database, ids: readonly string[]): Promise<string[]> {
    const all: string[] = [];
    for (const page of pagesOf(ids)) {
      const known = [...(await database.known(page))];
      const leaves = [...(await this.#options.primary.leaves(known)).values()].flat();
      await database.write(leaves.filter(({ deleted }) => deleted).map(tombstoneOf));
      all.push(...known);
    }
    return all;
  }

  /** All revisions of the documents that are no leaves. */
  async #revisionsBefore(ids: readonly string[]): Promise<Revision[]> {
    const revisions = new Map<string, Revision>();
    for (const page of pagesOf(ids)) {
      for (const { id, ancestry } of [...(await this.#options.primary.leaves(page)).values()].flat())
        for (const rev of ancestry.slice(1)) revisions.set(`${id}@${rev}`, { id, rev });
    }
    return [...revisions.values()];
  }
}

function* pagesOf<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += PAGE) yield list.slice(at, at + PAGE);
}
