/**
 * Documents that were accepted before their patient, for as long as the patient has not come: stock RxDB sends a record before
 * its patient. Each has an entry, and a mark in the order of arrival, in the database of held writes: a list reads those only,
 * whatever the primary holds.
 *
 * An entry is durable before its document is. So one that stands for nothing may be left behind: by a process that stopped in
 * between, or by two servers of which one took the document and the other the patient. Lists of what is overdue look at the
 * primary, and remove such entries. An entry that is not overdue is left alone, as its document may be on its way.
 */
import { parseId, patientDocId } from '../../shared-schemas/ids.ts';
import { childRevision } from '../store/revisions.ts';
import type { Database, RangeRequest, RangeRow, StoredRevision } from '../store/store.ts';

/** Ids and facts; nothing of what the document says of the patient. */
export interface WaitingDocument {
  readonly documentId: string;
  readonly type: string;
  readonly patientId: string;
  /** Where it is as long as it waits: the clinic of its author. */
  readonly clinicIds: readonly string[];
  /** User id of its author. */
  readonly userId?: string;
  readonly deviceId?: string;
  /** By the clock of the server, ISO 8601. */
  readonly arrivedAt: string;
}

export interface WaitingRequest {
  /** Only what arrived before, ISO 8601. */
  readonly arrivedBefore: string;
  readonly order: 'newest' | 'oldest';
  /** At least 1. */
  readonly limit: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface WaitingPage {
  readonly items: readonly WaitingDocument[];
  /** Absent where there is nothing more. */
  readonly nextCursor?: string;
}

export interface WaitingDocumentsOptions {
  /** The one of held writes. */
  readonly database: Database;
  readonly primary: Pick<Database, 'known' | 'winners'>;
  readonly nowMs: () => number;
}

const ENTRY = 'waiting:';
/** Before the time of arrival and the id of the document. */
const MARK = 'waiting-since:';
const PAGE = 500;

export class WaitingDocuments {
  readonly #options: WaitingDocumentsOptions;

  constructor(options: WaitingDocumentsOptions) {
    this.#options = options;
  }

  /** Notes documents whose patient is not there, durably. One that is noted already keeps its time. */
  async keep(documents: readonly Pick<StoredRevision, 'id' | 'body'>[]): Promise<void> {
    if (documents.length === 0) return;
    const { database, nowMs } = this.#options;
    const arrivedAt = new Date(nowMs()).toISOString();
    const leaves = await database.leaves(documents.map(({ id }) => `${ENTRY}${id}`));
    const fresh = documents.flatMap(({ id, body }) => {
      const [before] = leaves.get(`${ENTRY}${id}`) ?? [];
      const entry = entryOf(id, body, arrivedAt);
      if (!entry || (before && !before.deleted)) return [];
      return [childRevision(before, `${ENTRY}${id}`, { ...entry }), childRevision(undefined, markOf(entry), {})];
    });
    await database.write(fresh);
  }

  /** These documents wait no longer, and nothing of these patients does. */
  async end(documentIds: readonly string[], patientIds: readonly string[]): Promise<void> {
    const { database } = this.#options;
    if (documentIds.length + patientIds.length === 0) return;
    // Most of the time nothing waits, and this is all that is read.
    if ((await database.range({ prefix: ENTRY, limit: 1 })).length === 0) return;
    await this.#remove(await database.winners(documentIds.map((id) => `${ENTRY}${id}`)));
    for (const patientId of patientIds)
      for await (const rows of database.walk({ prefix: `${ENTRY}${patientId}:`, pageSize: PAGE }))
        await this.#remove(rows);
  }

  /** Of what arrived before a time and still waits. A page is full, unless it is the last one. */
  async page({ arrivedBefore, order, limit, cursor }: WaitingRequest): Promise<WaitingPage> {
    const items: WaitingDocument[] = [];
    for (let after = cursor; ; ) {
      const marks = await this.#marks({ arrivedBefore, order, after, limit: limit + 1 - items.length });
      items.push(...(await this.#stillWaiting(marks)));
      after = marks.at(-1);
      if (after === undefined) return { items };
      if (items.length > limit) break;
    }
    const page = items.slice(0, limit);
    const nextCursor = page.map(cursorOf).at(-1);
    return { items: page, ...(nextCursor !== undefined && { nextCursor }) };
  }

  /** How many arrived before a time and still wait, counted up to `atMost`; and when the first of them came. */
  async count(arrivedBefore: string, atMost: number): Promise<{ readonly count: number; readonly oldestAt?: string }> {
    let count = 0;
    let oldestAt: string | undefined;
    for (let cursor: string | undefined; count < atMost; ) {
      const limit = Math.min(PAGE, atMost - count);
      const { items, nextCursor } = await this.page({ arrivedBefore, order: 'oldest', limit, cursor });
      oldestAt ??= items[0]?.arrivedAt;
      count += items.length;
      cursor = nextCursor;
      if (cursor === undefined) break;
    }
    return { count, ...(oldestAt !== undefined && { oldestAt }) };
  }

  async #marks({
    arrivedBefore,
    order,
    after,
    limit,
  }: Pick<WaitingRequest, 'arrivedBefore' | 'order' | 'limit'> & { readonly after: string | undefined }) {
    const descending = order === 'newest';
    const [first, last] = [MARK, `${MARK}${arrivedBefore}`];
    const ends = descending ? { startKey: last, endKey: first } : { startKey: first, endKey: last };
    const range: RangeRequest = {
      ...ends,
      ...(after !== undefined && { after: `${MARK}${after}` }),
      descending,
      limit,
    };
    return (await this.#options.database.range(range)).map(({ id }) => id.slice(MARK.length));
  }

  /** In the order of the marks; what stands for nothing is removed. */
  async #stillWaiting(marks: readonly string[]): Promise<WaitingDocument[]> {
    const { database, primary } = this.#options;
    const ids = marks.map(documentIdOf);
    const entries = await database.winners(ids.map((id) => `${ENTRY}${id}`));
    const documents = await primary.winners(ids);
    const there = await primary.known(ids.flatMap((id) => parseId(id)?.patientId ?? []).map(patientDocId));
    const waiting: WaitingDocument[] = [];
    const stale: (RangeRow | undefined)[] = [];
    const strayMarks: string[] = [];
    for (const [at, mark] of marks.entries()) {
      const entry = entries[at]?.body as WaitingDocument | undefined;
      // Two servers that noted the document at the same moment have a mark each, and one entry.
      if (!entry || cursorOf(entry) !== mark) strayMarks.push(`${MARK}${mark}`);
      else if (!documents[at] || there.has(patientDocId(entry.patientId))) stale.push(entries[at]);
      else waiting.push(entry);
    }
    await this.#remove(stale);
    await this.#delete(strayMarks);
    return waiting;
  }

  /** Marks first: an entry without one is noted anew, and a mark without an entry is removed by the next list. */
  async #remove(rows: readonly (RangeRow | undefined)[]): Promise<void> {
    const entries = rows.flatMap((row) => (row ? [row.body as unknown as WaitingDocument] : []));
    await this.#delete(entries.flatMap((entry) => [markOf(entry), `${ENTRY}${entry.documentId}`]));
  }

  async #delete(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const { database } = this.#options;
    const leaves = [...(await database.leaves(ids)).values()].flat().filter(({ deleted }) => !deleted);
    await database.write(leaves.map((leaf) => childRevision(leaf, leaf.id, {}, { deleted: true })));
  }
}

const cursorOf = ({ arrivedAt, documentId }: WaitingDocument): string => `${arrivedAt}:${documentId}`;
const markOf = (entry: WaitingDocument): string => `${MARK}${cursorOf(entry)}`;
const TIME_LENGTH = '2026-01-01T00:00:00.000Z'.length;
const documentIdOf = (mark: string): string => mark.slice(TIME_LENGTH + 1);

function entryOf(id: string, body: StoredRevision['body'], arrivedAt: string): WaitingDocument | undefined {
  const { type, patientId } = parseId(id) ?? {};
  if (type === undefined || patientId === undefined) return undefined;
  const { clinicIds, createdBy, deviceId } = body;
  return {
    documentId: id,
    ...{ type, patientId, arrivedAt },
    clinicIds: Array.isArray(clinicIds) ? clinicIds : [],
    ...(typeof createdBy === 'string' && { userId: createdBy }),
    ...(typeof deviceId === 'string' && { deviceId }),
  };
}
