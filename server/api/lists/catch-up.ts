/** Brings the index of one database up to date with its changes feed. */
import { randomUUID } from 'node:crypto';
import { parseId } from '../../../shared-schemas/ids.ts';
import { asDocument } from '../../documents/write/document-policy.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ChangesPage, Database } from '../../store/store.ts';
import { CatchUpProgress } from './catch-up-progress.ts';
import { IndexChanges } from './index-changes.ts';
import { type IndexPart, type IndexParts, prefixOf } from './index-parts.ts';
import type { Level } from './key-cursor.ts';
import { factsKey, factsOf, INDEX_VERSION } from './list-keys.ts';

/** The local document that tells one life of a database from another of the same name. */
const LIFE = 'list-index';
const CHANGES_AT_ONCE = 500;
/** Whole documents in memory at once. */
const DOCUMENTS_AT_ONCE = 100;

export interface CatchUpOptions {
  readonly level: Level;
  readonly parts: IndexParts;
  readonly database: Database;
  readonly logger: Pick<Logger, 'info'>;
  /** Ends it between two steps; the next one goes on from there. */
  readonly signal: AbortSignal;
  /** Milliseconds since whenever. */
  readonly nowMs: () => number;
}

/** Answers the part of the index that holds everything which was written before this was called. */
export async function catchUp(options: CatchUpOptions): Promise<IndexPart> {
  const { database, logger, nowMs, signal } = options;
  const progress = new CatchUpProgress({ databaseName: database.name, logger, nowMs });
  let { part, page } = await firstPage(options);
  for (;;) {
    part = await apply(options, part, page);
    const more = page.results.length === CHANGES_AT_ONCE;
    progress.took(page, more);
    if (!more) break;
    signal.throwIfAborted();
    page = await database.changes({ since: part.seq, limit: CHANGES_AT_ONCE });
  }
  progress.end();
  return part;
}

/**
 * Where to go on from. Which life it is is read after the changes: so changes of a new life are never taken for a sequel to
 * the old one.
 */
async function firstPage({ parts, database }: CatchUpOptions): Promise<{ part: IndexPart; page: ChangesPage }> {
  const known = await parts.get(database.name);
  const read = (since: string) => database.changes({ since, limit: CHANGES_AT_ONCE });
  const page = await read(known?.seq ?? '0');
  const life = await lifeOf(database);
  const valid = known?.life === life && known.version === INDEX_VERSION && known.seq !== '0';
  if (valid) return { part: known, page };
  const part = await parts.begin(database.name, life, INDEX_VERSION);
  return { part, page: await read('0') };
}

async function lifeOf(database: Database): Promise<string> {
  const read = async () => (await database.getLocal(LIFE))?.id;
  const known = await read();
  if (typeof known === 'string') return known;
  const own = randomUUID();
  // Where two servers come here at once, what is there in the end counts.
  await database.putLocal(LIFE, { id: own }).catch(async (error: unknown) => {
    if (typeof (await read()) !== 'string') throw error;
  });
  const written = await read();
  return typeof written === 'string' ? written : own;
}

/**
 * Takes one page of changes in. A document's keys, its facts and the counters change in one batch, and the sequence moves in
 * the last one: a process that stops in between does some documents again, which changes nothing.
 */
async function apply(options: CatchUpOptions, part: IndexPart, page: ChangesPage): Promise<IndexPart> {
  const { level, parts, database, signal } = options;
  if (page.results.length === 0 && part.seq !== '0') return part;
  const advanced = { ...part, seq: page.lastSeq };
  const ids = [...new Set(page.results.map(({ id }) => id))].filter((id) => parseId(id));
  for (let at = 0; at < ids.length; at += DOCUMENTS_AT_ONCE) {
    signal.throwIfAborted();
    await indexDocuments(options, prefixOf(part.number), ids.slice(at, at + DOCUMENTS_AT_ONCE));
  }
  await level.batch([parts.noting(database.name, advanced)]);
  return advanced;
}

/** Takes in some documents as they are now, in one batch. */
async function indexDocuments(
  { level, database }: CatchUpOptions,
  prefix: string,
  ids: readonly string[],
): Promise<void> {
  const [winners, stored] = await Promise.all([
    database.winners(ids),
    level.getMany(ids.map((id) => prefix + factsKey(id))),
  ]);
  const changes = new IndexChanges(prefix);
  for (const [i, id] of ids.entries()) {
    const body = winners[i]?.body;
    changes.add(id, stored[i], body && factsOf(asDocument(id, body)));
  }
  const counts = await level.getMany(changes.counters().map((key) => prefix + key));
  await level.batch(changes.operations(counts));
}
