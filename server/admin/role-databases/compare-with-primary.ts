/**
 * Compares one role database with the primary: every document that is in either, by the same rules that the projection uses. What
 * seems different is looked at again while nobody writes it: the projector may have been in between.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isReferenceType } from '../../../shared-schemas/document-types.ts';
import { parseId } from '../../../shared-schemas/ids.ts';
import type { RoleDatabase } from '../../../sync-rules/role-database.ts';
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import { planProjection } from '../../documents/projection/projection.ts';
import type { ProjectorLag } from '../../documents/projection/projector.ts';
import type { KeyedLocks } from '../../lib/keyed-locks.ts';
import type { Database, StoredRevision } from '../../store/store.ts';
import {
  type DocumentDifference,
  differenceOf,
  type ExpectedDocument,
  NOTHING_EXPECTED,
} from './document-difference.ts';

const PAGE = 500;
const LOOK_AGAIN_MS = 250;
/** A projector that does not catch up within that many looks does not keep a difference from being one. */
const MAX_LOOKS = 40;
/** Looks at what another server may be about to project. */
const SHARED_LOOKS = 8;

export interface CompareOptions {
  readonly primary: Database;
  /** What devices read. */
  readonly serving: Database;
  readonly database: RoleDatabase;
  readonly rules: SyncRules;
  readonly locks: KeyedLocks;
  readonly projector: { readonly lag: () => ProjectorLag; readonly isPaused: () => boolean };
  /** Whether other servers write as well. */
  readonly shared: boolean;
  /** Throws where the comparison is to end. */
  readonly check: () => void;
  readonly onProgress: (done: number, total: number) => void;
  readonly onDifference: (difference: DocumentDifference) => void;
}

export class ComparisonWithPrimary {
  readonly #options: CompareOptions;
  /** Documents that were looked at. */
  readonly #seen = new Set<string>();
  #documents = 0;
  #done = 0;
  #total = 0;

  constructor(options: CompareOptions) {
    this.#options = options;
  }

  /** Answers how many documents were compared: those that are shown, or should be. Deletions are compared, and not counted. */
  async run(): Promise<number> {
    const { serving } = this.#options;
    const first = await serving.changes({ since: '0', limit: 1 });
    this.#total = first.results.length + first.pending;
    await (this.#options.database.role === 'patient' ? this.#readPatient() : this.#readPrimary());
    // What nobody expects there, and deletions of which nothing else is left.
    await this.#readAll(serving, (id) => !this.#seen.has(id));
    return this.#documents;
  }

  async #readPatient(): Promise<void> {
    const { primary, database, check } = this.#options;
    for await (const rows of primary.walk({ prefix: `${database.scope}:`, pageSize: PAGE })) {
      check();
      this.#total += rows.length;
      await this.#compare(rows.map(({ id }) => id));
      this.#advance(rows.length);
    }
  }

  async #readPrimary(): Promise<void> {
    const isReference = this.#options.database.role === 'reference';
    const first = await this.#options.primary.changes({ since: '0', limit: 1 });
    this.#total += first.results.length + first.pending;
    await this.#readAll(this.#options.primary, (id) => {
      const type = parseId(id)?.type;
      return type !== undefined && isReferenceType(type) === isReference;
    });
  }

  async #readAll(database: Database, isAsked: (id: string) => boolean): Promise<void> {
    let since = '0';
    for (;;) {
      this.#options.check();
      const { results, lastSeq } = await database.changes({ since, limit: PAGE });
      await this.#compare(results.map(({ id }) => id).filter(isAsked));
      this.#advance(results.length);
      if (results.length < PAGE) return;
      since = lastSeq;
    }
  }

  #advance(count: number): void {
    this.#done += count;
    this.#total = Math.max(this.#total, this.#done);
    this.#options.onProgress(this.#done, this.#total);
  }

  async #compare(ids: readonly string[]): Promise<void> {
    const { locks, shared, check } = this.#options;
    let due = await this.#look(ids);
    for (let looks = 1; due.length > 0; looks++) {
      check();
      const again = due.map(({ documentId }) => documentId);
      due = await locks.run(again.map(lockKey), () => this.#look(again));
      if (!this.#isBehind(looks) && (!shared || looks >= SHARED_LOOKS)) break;
      if (due.length > 0) await pause(LOOK_AGAIN_MS);
    }
    for (const difference of due) this.#options.onDifference(difference);
  }

  /** Whether the projector may still bring what is missing. */
  #isBehind(looks: number): boolean {
    const { projector } = this.#options;
    const { pending, failing } = projector.lag();
    return looks < MAX_LOOKS && !projector.isPaused() && (pending > 0 || failing);
  }

  #note(id: string, due: ExpectedDocument, there: readonly StoredRevision[]): void {
    if (this.#seen.has(id) || (due.visible.length === 0 && there.length === 0)) return;
    this.#seen.add(id);
    if (due.visible.length > 0 || there.some(({ deleted }) => !deleted)) this.#documents++;
  }

  async #look(ids: readonly string[]): Promise<DocumentDifference[]> {
    const { primary, serving } = this.#options;
    // What is projected is written to the primary first: read before it, the role database is never ahead.
    const held = await serving.leaves(ids);
    const expected = this.#expected(await primary.leaves(ids));
    return ids.flatMap((id) => {
      const [due, there] = [expected.get(id) ?? NOTHING_EXPECTED, held.get(id) ?? []];
      this.#note(id, due, there);
      return differenceOf(id, due, there) ?? [];
    });
  }

  #expected(leaves: ReadonlyMap<string, readonly StoredRevision[]>): Map<string, ExpectedDocument> {
    const { rules, database } = this.#options;
    const plan = planProjection(rules, leaves).find((one) => one.database.name === database.name);
    const expected = new Map<string, ExpectedDocument>();
    const add = (part: keyof ExpectedDocument, leaf: StoredRevision) => {
      const known = expected.get(leaf.id) ?? NOTHING_EXPECTED;
      expected.set(leaf.id, { ...known, [part]: [...known[part], leaf] });
    };
    for (const leaf of plan?.visible ?? []) add('visible', leaf);
    for (const leaf of [...(plan?.withdrawn ?? []), ...(plan?.gone ?? [])]) add('gone', leaf);
    return expected;
  }
}

const lockKey = (id: string): string => parseId(id)?.patientId ?? id;
