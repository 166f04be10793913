/**
 * Refused writes, kept whole for review: nothing that someone wrote at a bedside is thrown away, but for what concerns an
 * erased patient. Beside each entry, whose id is a hash, a summary is kept in the order of time, and a mark as long as nobody
 * has decided: lists read those only, and a list of what is open does not pass over what is not.
 */
import { createHash } from 'node:crypto';
import { isClinicSlug, isPatientId, NO_ID, parseId } from '../../shared-schemas/ids.ts';
import type { Fault } from '../../shared-schemas/validate.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import type { Refusal } from '../../sync-rules/refusal.ts';
import { removeForGood } from '../store/remove-for-good.ts';
import { childRevision } from '../store/revisions.ts';
import type { Database, RangeRequest, StoredRevision } from '../store/store.ts';

export interface HeldWrite {
  /** Where it came without one, what stands for it (`NO_ID`). */
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

export interface HeldDecision {
  readonly outcome: 'accepted' | 'rejected';
  /** User id of the reviewer. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  /** In the reviewer's words; goes with the entry when the patient is erased. */
  readonly note?: string;
  /** The revision that an accepted write became. */
  readonly rev?: string;
}

/** What lists show of an entry: ids and facts, no field of the patient. */
export interface HeldSummary extends Pick<HeldWrite, 'documentId' | 'rev' | 'deleted' | 'code' | 'message' | 'heldAt'> {
  /** Names the entry. */
  readonly id: string;
  /** User id of the author, where it is known. */
  readonly userId?: string;
  readonly patientId?: string;
  /** The clinic that the author worked for, and those of the document. */
  readonly clinicIds: readonly string[];
  readonly decision?: Omit<HeldDecision, 'note'>;
}

export interface HeldEntry {
  readonly id: string;
  readonly write: HeldWrite;
  readonly decision?: HeldDecision;
}

export type HeldOrder = 'newest' | 'oldest';

export interface HeldListRequest {
  readonly state: 'open' | 'all' | HeldDecision['outcome'];
  /** At least 1. */
  readonly limit: number;
  /** The newest first where nothing is said. */
  readonly order?: HeldOrder | undefined;
  /** The `nextCursor` of the page before. */
  readonly before?: string | undefined;
  readonly code?: string | undefined;
  readonly userId?: string | undefined;
  readonly patientId?: string | undefined;
  readonly clinic?: string | undefined;
}

export interface HeldPage {
  /** In the order of time. Fewer than asked for, or none, where many entries in a row do not match. */
  readonly items: readonly HeldSummary[];
  /** Where to go on; absent where there is nothing more. */
  readonly nextCursor?: string;
}

const PAGE = 500;
const SCAN = 200;
/** Summaries looked at for one page. */
const MAX_SCAN = 10_000;
const ENTRY = 'held:';
/** Before the time and the id of an entry: its summary, and the mark that it is open. */
export const ORDER = 'order:';
export const OPEN = 'open:';
/** Before the time of what is to be looked at before everything else: a patient may be in danger. */
const URGENT = '~';
const URGENT_CODES: readonly HeldWrite['code'][] = ['filled_twice'];
const NOTE = 'note:';
/** A local document: set once the entries of a time without summaries have theirs. */
const ORDERED = 'held-ordered';

export class HeldWrites {
  readonly #database: Database;
  #ordered: Promise<void> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps the writes durably. The same revision refused again to the same person is kept once. */
  async keep(writes: readonly HeldWrite[]): Promise<void> {
    if (writes.length === 0) return;
    const byId = new Map(writes.map((write) => [entryId(write), withoutSession(write)]));
    const before = await this.#database.leaves([...byId.keys()]);
    const fresh = [...byId].filter(([id]) => !before.get(id)?.length);
    const known = [...before.values()].flat().filter(({ deleted }) => !deleted);
    await this.#database.write([
      ...fresh.flatMap(([id, write]) => [toRevision(write), ...indexOf(id, write)]),
      // A write that failed half-way may have left these out; where they are there, nothing changes.
      ...known.flatMap(({ id, body }) => indexOf(id, body as unknown as HeldWrite)),
    ]);
    await this.#dropDoubles(fresh);
  }

  /** Another server may have kept the same refusal at the same moment: its time stands, and one summary. */
  async #dropDoubles(kept: readonly (readonly [string, HeldWrite])[]): Promise<void> {
    const stored = await this.#database.winners(kept.map(([id]) => id));
    const doubles = kept.filter(([, write], i) => stored[i] && stored[i].body.heldAt !== write.heldAt);
    if (doubles.length > 0)
      await removeForGood(
        this.#database,
        doubles.flatMap(([id, write]) => indexOf(id, write).map((revision) => revision.id)),
      );
  }

  /** A page of summaries. */
  async page({ limit, order, before, ...wanted }: HeldListRequest): Promise<HeldPage> {
    await this.#orderAll();
    const items: HeldSummary[] = [];
    let cursor = before;
    for (let scanned = 0; scanned < MAX_SCAN; scanned += SCAN) {
      const keys = await this.#keysFrom(wanted.state === 'open' ? OPEN : ORDER, cursor, order === 'oldest');
      const rows = await this.#database.winners(keys.map((key) => `${ORDER}${key}`));
      // A process that stopped between a decision and the end of its mark left the mark.
      if (wanted.state === 'open') await this.#close(keys.filter((_, at) => rows[at]?.body.decision));
      for (const [at, key] of keys.entries()) {
        cursor = key;
        const summary = rows[at]?.body as HeldSummary | undefined;
        if (summary && matches(summary, wanted)) items.push(summary);
        if (items.length === limit) return { items, nextCursor: cursor };
      }
      if (keys.length < SCAN) return { items };
    }
    return { items, ...(cursor !== undefined && { nextCursor: cursor }) };
  }

  /** What is urgent comes first, in either order: its keys come behind those of all times. */
  async #keysFrom(prefix: string, cursor: string | undefined, ascending: boolean): Promise<string[]> {
    const after = cursor === undefined ? {} : { after: `${prefix}${cursor}` };
    const read = async (range: Omit<RangeRequest, 'limit'>, limit = SCAN) =>
      (await this.#database.range({ ...range, limit })).map(({ id }) => id.slice(prefix.length));
    if (!ascending) return read({ prefix, ...after, descending: true });
    const urgent = `${prefix}${URGENT}`;
    const usual = { startKey: prefix, endKey: urgent, inclusiveEnd: false };
    if (cursor !== undefined && !cursor.startsWith(URGENT)) return read({ ...usual, ...after });
    const first = await read({ prefix: urgent, ...after });
    return first.length < SCAN ? [...first, ...(await read(usual, SCAN - first.length))] : first;
  }

  /** The entry, whole, or undefined where there is none, or it was erased. */
  async get(id: string): Promise<HeldEntry | undefined> {
    const [entry] = await this.#database.winners([`${ENTRY}${id}`]);
    if (!entry) return undefined;
    const write = withoutSession(entry.body as unknown as HeldWrite);
    const [summary, note] = await this.#database.winners([`${ORDER}${keyOf(id, write)}`, `${NOTE}${id}`]);
    const decision = summary?.body.decision as HeldDecision | undefined;
    const words = note?.body.note as string | undefined;
    return { id, write, ...(decision && { decision: { ...decision, ...(words !== undefined && { note: words }) } }) };
  }

  /** The entry of a revision that was refused to this person. */
  ofRevision(documentId: string, rev: string, userId: string): Promise<HeldEntry | undefined> {
    return this.get(hashOf(documentId, rev, userId));
  }

  /** Answers whether this decision stands: of two, also on two servers at once, the first does. */
  async decide({ id, write }: HeldEntry, { note, ...decision }: HeldDecision): Promise<boolean> {
    const key = keyOf(id, write);
    // Those of a time without summaries get theirs first.
    await this.#database.write(indexOf(`${ENTRY}${id}`, write));
    const [summary] = await this.#database.winners([`${ORDER}${key}`]);
    if (!summary || summary.body.decision) return false;
    // A summary changes by a decision only: whoever is too late here, is later than one.
    const { won } = await this.#database.replace(summary.id, summary.rev, { ...summary.body, decision });
    if (!won) return false;
    await this.#close([key]);
    if (note !== undefined) await this.#database.write([childRevision(undefined, `${NOTE}${id}`, { note })]);
    return true;
  }

  /** Takes away the marks that entries are open. */
  async #close(keys: readonly string[]): Promise<void> {
    const leaves = await this.#database.leaves(keys.map((key) => `${OPEN}${key}`));
    const marks = [...leaves.values()].flat().filter(({ deleted }) => !deleted);
    await this.#database.write(marks.map((mark) => childRevision(mark, mark.id, {}, { deleted: true })));
  }

  #orderAll(): Promise<void> {
    this.#ordered ??= this.#orderOlder().catch((error: unknown) => {
      this.#ordered = undefined;
      throw error;
    });
    return this.#ordered;
  }

  async #orderOlder(): Promise<void> {
    if (await this.#database.getLocal(ORDERED)) return;
    for await (const rows of this.#database.walk({ prefix: ENTRY }))
      await this.#database.write(rows.flatMap(({ id, body }) => indexOf(id, body as unknown as HeldWrite)));
    await this.#database.putLocal(ORDERED, { done: true });
  }

  async list(limit: number): Promise<HeldWrite[]> {
    const rows = await this.#database.range({ prefix: ENTRY, limit });
    return rows.map(({ body }) => withoutSession(body as unknown as HeldWrite));
  }

  /** The ids under which content is held that concerns a patient. Reads everything that is held: for an erasure only. */
  async entriesOf(patientId: string): Promise<string[]> {
    const found: string[] = [];
    for await (const rows of this.#database.walk({ prefix: ENTRY }))
      found.push(...rows.filter(({ body }) => concerns(body as unknown as HeldWrite, patientId)).map(({ id }) => id));
    return found;
  }

  /**
   * Removes entries for good, by the ids under which they are held, with what was said of them. Summaries go first: once an
   * entry is gone, nothing tells where its summary is. Those hold no more than an erasure leaves.
   */
  async erase(entries: readonly string[]): Promise<void> {
    const summaries: string[] = [];
    for (let at = 0; at < entries.length; at += PAGE) {
      const rows = await this.#database.winners(entries.slice(at, at + PAGE));
      for (const row of rows)
        if (row) summaries.push(...indexOf(row.id, row.body as unknown as HeldWrite).map(({ id }) => id));
    }
    const notes = entries.map((id) => `${NOTE}${id.slice(ENTRY.length)}`);
    await removeForGood(this.#database, [...summaries, ...notes, ...entries]);
  }
}

/** What was refused may hold anything. */
const slugsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((slug) => typeof slug === 'string' && isClinicSlug(slug)) : [];

function matches(
  { code, userId, patientId, clinicIds, decision }: HeldSummary,
  wanted: Omit<HeldListRequest, 'limit' | 'before'>,
): boolean {
  const state = decision?.outcome ?? 'open';
  return (
    (wanted.state === 'all' || wanted.state === state) &&
    (wanted.code === undefined || wanted.code === code) &&
    (wanted.userId === undefined || wanted.userId === userId) &&
    (wanted.patientId === undefined || wanted.patientId === patientId) &&
    (wanted.clinic === undefined || clinicIds.includes(wanted.clinic))
  );
}

/** A write may have been refused because its id and its patient do not agree: it holds data of both. */
const concerns = ({ documentId, body }: HeldWrite, patientId: string): boolean =>
  Object.keys(body).length > 0 && (documentId.startsWith(`${patientId}:`) || body.patientId === patientId);

/**
 * Of whoever wrote it, no more than rules and reviewers ask for. What came in by a session carries its id as well, by which it could
 * be ended, and entries of earlier releases have it.
 */
function withoutSession(write: HeldWrite): HeldWrite {
  if (!write.by) return write;
  const { userId, role, clinicId, patientId, deviceId } = write.by;
  const by: Principal = {
    userId,
    role,
    ...(clinicId !== undefined && { clinicId }),
    ...(patientId !== undefined && { patientId }),
    ...(deviceId !== undefined && { deviceId }),
  };
  return { ...write, by };
}

/** User id of who wrote it; what a merge dropped says so itself. */
export const authorOf = ({ by, body }: HeldWrite): string | undefined =>
  by?.userId ?? (typeof body.updatedBy === 'string' ? body.updatedBy : undefined);

/** Where a list goes on after the entry, in either order. */
export const cursorAfter = ({ id, write }: Pick<HeldEntry, 'id' | 'write'>): string => keyOf(id, write);

const textOf = (documentId: string, rev: string, userId: string): string => JSON.stringify([documentId, rev, userId]);
const hashOf = (...of: Parameters<typeof textOf>): string =>
  createHash('sha256')
    .update(textOf(...of))
    .digest('hex');
const entryId = ({ documentId, rev, by }: HeldWrite): string => `${ENTRY}${hashOf(documentId, rev, by?.userId ?? '')}`;
const keyOf = (id: string, { heldAt, code }: HeldWrite): string =>
  `${URGENT_CODES.includes(code) ? URGENT : ''}${heldAt}:${id}`;

/** When the entry of a key was held, ISO 8601. */
export const heldAtOf = (key: string): string => key.slice(key.startsWith(URGENT) ? 1 : 0, key.lastIndexOf(':'));

function toRevision(write: HeldWrite): StoredRevision {
  const key = textOf(write.documentId, write.rev, write.by?.userId ?? '');
  // The first refusal stands: the time it came back does not make a second revision of it.
  return { ...childRevision(undefined, entryId(write), { key }), body: { ...write } };
}

/** Of what came without an id, the patient that it names. */
const patientOfNoId = ({ documentId, body: { patientId } }: HeldWrite): string | undefined =>
  documentId.startsWith(NO_ID) && typeof patientId === 'string' && isPatientId(patientId) ? patientId : undefined;

/** What lists read of an entry. Follows from the entry alone, so writing it again changes nothing. */
function indexOf(entry: string, write: HeldWrite): StoredRevision[] {
  const id = entry.slice(ENTRY.length);
  const { documentId, rev, deleted, code, message, heldAt, by, body } = write;
  const userId = authorOf(write);
  const patientId = parseId(documentId)?.patientId ?? patientOfNoId(write);
  const clinicIds = [...new Set([...(by?.clinicId ? [by.clinicId] : []), ...slugsIn(body.clinicIds)])];
  const summary: HeldSummary = {
    ...{ id, documentId, rev, deleted, code, message, heldAt, clinicIds },
    ...(userId !== undefined && { userId }),
    ...(patientId !== undefined && { patientId }),
  };
  const key = keyOf(id, write);
  return [childRevision(undefined, `${ORDER}${key}`, { ...summary }), childRevision(undefined, `${OPEN}${key}`, {})];
}
