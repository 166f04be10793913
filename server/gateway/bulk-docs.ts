/**
 * `_bulk_docs`: rows are read as they arrive, and written in portions, so that a batch of any size costs the memory of a
 * portion. While one is written nothing is read, and the device waits.
 */
import type { Request, Response } from 'express';
import type { Outcome } from '../documents/write/outcome.ts';
import { type BatchLimits, BatchReader } from './batch-reader.ts';
import { badRequest, tooManyRequests } from './couch-error.ts';
import type { DeviceQuotas } from './device-quotas.ts';
import { JsonFault } from './json-readers.ts';
import { openRow, type PushedRow, toEdit, toRevision } from './pushed-row.ts';
import type { RawRow } from './raw-row.ts';
import type { SyncDatabase } from './sync-database.ts';
import type { Observe } from './sync-observer.ts';
import type { WireDocument } from './wire.ts';
import { writeEdits, writeRevisions } from './write-rows.ts';
import { toRow } from './written-row.ts';

/** What is written at once, and held in memory. */
const PORTION_ROWS = 100;
const PORTION_BYTES = 1_048_576;
const PORTION_VALUES = 10_000;
/** Of one document more is. */
const SAME_DOCUMENT_FACTOR = 4;
/** Who has to give way writes less at once. */
const SLOW_DIVISOR = 5;
/** Beyond this many in one answer faults are left out: the codes say enough, and the held writes have them. */
const MAX_ANSWERED_FAULTS = 2_000;

type HeldQuotas = Pick<DeviceQuotas, 'noteHeld' | 'pushAgainAfter'>;
type Mode = 'revisions' | 'edits';

/** The rows of a push that arrived and are not written yet, and what became of the others. */
class Push {
  readonly #database: SyncDatabase;
  readonly #observe: Observe;
  readonly #batch: BatchReader;
  readonly #quotas: HeldQuotas;
  readonly #assumed = new Set<Mode>();
  readonly answer: WireDocument[] = [];
  #waiting: PushedRow[] = [];
  #bytes = 0;
  #values = 0;
  #faults = 0;
  #isSlow = false;

  constructor(database: SyncDatabase, batch: BatchReader, observe: Observe, quotas: HeldQuotas) {
    this.#quotas = quotas;
    this.#database = database;
    this.#batch = batch;
    this.#observe = observe;
  }

  async add(raw: RawRow): Promise<void> {
    const row = openRow(raw);
    const isSameDocument = this.#waiting.at(-1)?.fields._id === row.fields._id;
    // The rows of a document are judged together, as far as they come one after the other and are not endless.
    if (this.#isFull(1) && (!isSameDocument || this.#isFull(SAME_DOCUMENT_FACTOR))) await this.#write();
    this.#waiting.push(row);
    this.#bytes += raw.text?.length ?? 0;
    // What is kept as a text is one.
    this.#values += row.fault ? 1 : raw.values;
  }

  #isFull(factor: number): boolean {
    const of = this.#isSlow ? factor / SLOW_DIVISOR : factor;
    return (
      this.#waiting.length >= of * PORTION_ROWS ||
      this.#bytes >= of * PORTION_BYTES ||
      this.#values >= of * PORTION_VALUES
    );
  }

  async end(): Promise<void> {
    const mode = modeOf(this.#batch.newEdits ?? true);
    if ([...this.#assumed].some((assumed) => assumed !== mode))
      throw badRequest('Send new_edits before docs: rows of so large a batch are written before their end is read.');
    if (this.#waiting.length > 0) await this.#write(mode);
    await this.#database.pushed();
  }

  /** Where the batch has not said it yet, rows with a history are revisions: stock clients send one with nothing else. */
  async #write(known = this.#batch.newEdits === undefined ? undefined : modeOf(this.#batch.newEdits)): Promise<void> {
    const rows = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    this.#values = 0;
    for (let at = 0; at < rows.length; ) {
      const mode = known ?? modeOfRow(rows[at]);
      let end = at + 1;
      while (end < rows.length && (known ?? modeOfRow(rows[end])) === mode) end++;
      if (known === undefined) this.#assumed.add(mode);
      const outcomes = await this.#writeRun(mode, rows.slice(at, end));
      this.#noteHeld(rows.slice(at, end).filter((_, n) => outcomes[n]?.outcome === 'refused'));
      this.#note(mode, outcomes);
      at = end;
    }
    this.#isSlow = await this.#database.giveWay();
  }

  #noteHeld(held: readonly PushedRow[]): void {
    if (held.length === 0) return;
    const { device } = this.#database;
    const bytes = held.reduce((sum, { raw }) => sum + (raw.text?.length ?? 0), 0);
    this.#quotas.noteHeld(device, held.length, bytes);
    const seconds = this.#quotas.pushAgainAfter(device);
    if (seconds !== undefined) this.#observe({ kind: 'quota_reached', quota: 'held', seconds });
  }

  #writeRun(mode: Mode, rows: readonly PushedRow[]): Promise<readonly Outcome[]> {
    if (mode === 'edits') return writeEdits(this.#database, rows.map(toEdit), this.#observe);
    return writeRevisions(
      this.#database,
      rows.map((row) => [row, toRevision(row)] as const),
      this.#observe,
    );
  }

  #note(mode: Mode, outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      // As CouchDB does: a replicator hears only of what was not stored.
      if (mode === 'revisions' && outcome.outcome === 'stored') continue;
      const { faults, ...row } = toRow(outcome, this.#database.dialect);
      if (Array.isArray(faults)) this.#faults += faults.length;
      this.answer.push(faults !== undefined && this.#faults <= MAX_ANSWERED_FAULTS ? { ...row, faults } : row);
    }
  }
}

const modeOf = (newEdits: boolean): Mode => (newEdits ? 'edits' : 'revisions');
const modeOfRow = (row: PushedRow | undefined): Mode => modeOf(row?.fields._revisions === undefined);

export const bulkDocs =
  (limits: BatchLimits, quotas: HeldQuotas) =>
  async (database: SyncDatabase, request: Request, response: Response, observe: Observe): Promise<void> => {
    const againAfter = quotas.pushAgainAfter(database.device);
    if (againAfter !== undefined) {
      observe({ kind: 'quota_reached', quota: 'held', seconds: againAfter });
      throw tooManyRequests(
        'Too much that this device pushed was refused within an hour: it is kept for review.',
        againAfter,
      );
    }
    const batch = new BatchReader(request, limits);
    const push = new Push(database, batch, observe, quotas);
    try {
      for await (const raw of batch.rows()) await push.add(raw);
      await push.end();
    } catch (error) {
      // Else a client that is still sending would never read the answer.
      request.unpipe();
      request.resume();
      throw error instanceof JsonFault ? badRequest('A document of the batch is not valid JSON in UTF-8.') : error;
    }
    response.status(201).json(push.answer);
  };
