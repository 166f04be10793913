/**
 * A page of `_changes`: always filled, and answered piece by piece. Documents that do not fit into the memory of a page are read
 * once more when they are written.
 */
import type { Response } from 'express';
import type { Change, StoredRevision } from '../store/store.ts';
import { answerTexts, inPieces } from './list-answer.ts';
import { withMark } from './replica-mark.ts';
import type { FeedPage, FeedRow, SyncDatabase } from './sync-database.ts';
import { toWire, type WireDocument } from './wire.ts';

export const MAX_ROWS = 10_000;
const SCAN = 500;
/** Of documents, as text, that a page keeps until it is answered. */
const KEPT_BYTES = 4 * 1_048_576;

export interface FeedRequest {
  readonly since: string;
  readonly limit: number;
  readonly descending: boolean;
  readonly includeDocs: boolean;
  readonly conflicts: boolean;
  readonly allLeaves: boolean;
  readonly ids?: ReadonlySet<string>;
  readonly longpoll: boolean;
  readonly heartbeatMs?: number;
  readonly timeoutMs: number;
}

/** Rows whose documents are read at once. */
const PIECE = 100;

/**
 * One page. Rows that are not for this reader are passed over and others take their place, because a page with fewer rows
 * than asked for means "that was all" to RxDB.
 */
export async function readPage(database: SyncDatabase, feed: FeedRequest): Promise<FeedPage> {
  const { limit, descending, ids } = feed;
  const results: FeedRow[] = [];
  const memory = { left: KEPT_BYTES };
  let since = feed.since;
  let passedOver = false;
  for (;;) {
    const scan = Math.max(limit - results.length, passedOver || ids ? SCAN : 1);
    const page = await database.source.changes({ since, limit: descending ? MAX_ROWS : scan, descending });
    const candidates = page.results.filter(({ id }) => database.shows(id) && (!ids || ids.has(id)));
    const room = limit - results.length;
    const rows = feed.includeDocs
      ? await rowsWithDocuments(database, candidates, feed, { room, memory })
      : candidates.map((change) => bareRow(change, feed));
    passedOver ||= rows.length < page.results.length;
    results.push(...rows.slice(0, room));
    const atEnd = descending || page.results.length < scan;
    if (rows.length > room || (results.length >= limit && !atEnd)) {
      const last = rows[room - 1]?.seq ?? page.lastSeq;
      const pending = page.pending + rows.length - Math.min(room, rows.length);
      return { results, last_seq: last, ...(!passedOver && { pending }) };
    }
    if (atEnd) return { results, last_seq: page.lastSeq, pending: 0 };
    since = page.lastSeq;
  }
}

interface Place {
  /** Rows that are answered; of others it only counts that they are there. */
  readonly room: number;
  /** Bytes of text that may still be kept. */
  readonly memory: { left: number };
}

async function rowsWithDocuments(
  database: SyncDatabase,
  changes: readonly Change[],
  feed: FeedRequest,
  { room, memory }: Place,
): Promise<FeedRow[]> {
  const rows: FeedRow[] = [];
  for (const piece of inPieces(changes, PIECE)) {
    if (rows.length > 0) await database.giveWay();
    const leaves = await database.source.leaves(piece.map(({ id }) => id));
    for (const change of piece) {
      const isKept = rows.length < room && memory.left > 0;
      const document = documentOf(database, leaves.get(change.id) ?? [], feed);
      if (!document) continue;
      const text = isKept ? JSON.stringify(document) : undefined;
      memory.left -= text?.length ?? 0;
      rows.push({ ...bareRow(change, feed), document: text });
    }
  }
  return rows;
}

function documentOf(
  database: SyncDatabase,
  leaves: readonly StoredRevision[],
  { conflicts }: FeedRequest,
): WireDocument | undefined {
  const winner = leaves[0] && database.copy(leaves[0]);
  return winner && toWire(winner, { conflicts: conflicts ? conflictsOf(leaves) : [] });
}

const bareRow = ({ seq, id, revs, deleted }: Change, { allLeaves }: FeedRequest): FeedRow => ({
  seq,
  row: {
    id,
    changes: (allLeaves ? revs : revs.slice(0, 1)).map((rev) => ({ rev })),
    ...(deleted && { deleted: true }),
  },
});

export const conflictsOf = (leaves: readonly StoredRevision[]): string[] =>
  leaves
    .slice(1)
    .filter(({ deleted }) => !deleted)
    .map(({ rev }) => rev);

/** A document that cannot be read any more ends the answer in the middle: the device asks again from where it was. */
export async function answerPage(
  database: SyncDatabase,
  response: Response,
  { results, last_seq, pending }: FeedPage,
  feed: FeedRequest,
): Promise<void> {
  const mark = (seq: string) => (database.replica === undefined ? seq : withMark(seq, database.replica));
  async function* texts() {
    for (const piece of inPieces(results, PIECE)) {
      const documents = feed.includeDocs ? await documentsOf(database, piece, feed) : [];
      yield piece.map(({ seq, row }, at) => {
        const text = JSON.stringify({ seq: mark(seq), ...row });
        return feed.includeDocs ? `${text.slice(0, -1)},"doc":${documents[at]}}` : text;
      });
    }
  }
  const tail = { last_seq: mark(last_seq), ...(pending !== undefined && { pending }) };
  await answerTexts(database, response, { name: 'results', tail }, texts());
}

async function documentsOf(
  database: SyncDatabase,
  rows: readonly FeedRow[],
  feed: FeedRequest,
): Promise<readonly string[]> {
  const left = rows.filter(({ document }) => document === undefined).map(({ row }) => String(row.id));
  const leaves = left.length === 0 ? new Map() : await database.source.leaves(left);
  return rows.map(({ row, document }) => {
    if (document !== undefined) return document;
    const again = documentOf(database, leaves.get(String(row.id)) ?? [], feed);
    if (!again) throw new Error('a document of a page went out of sight while the page was written');
    return JSON.stringify(again);
  });
}
