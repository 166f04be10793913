/** Brings the index of one database up to date with its changes feed. */
import { randomUUID } from 'node:crypto';
import { parseId } from '../../shared-schemas/ids.ts';
import type { Logger } from '../logger.ts';
import type { ChangesPage, Database } from '../store/store.ts';
import { asDocument } from '../write/document-policy.ts';
import { type IndexPart, type IndexParts, prefixOf } from './index-parts.ts';
import type { Level } from './key-cursor.ts';
import { counterKeys, type DocumentFacts, factsKey, factsOf, INDEX_VERSION, listKeys } from './list-keys.ts';

/** The local document that tells one life of a database from another of the same name. */
const LIFE = 'list-index';
const CHANGES_AT_ONCE = 500;
/** Whole documents in memory at once. */
const DOCUMENTS_AT_ONCE = 100;
const SILENT_MS = 1_000;

export interface CatchUpOptions {
  readonly level: Level;
  readonly parts: IndexParts;
  readonly database: Database;
  readonly logger: Pick<Logger, 'info'>;
  /** Ends it between two steps; the next one goes on from there. */
  readonly signal: AbortSignal;
}

type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };

/** Answers the part of the index that holds everything which was written before this was called. */
export async function catchUp(options: CatchUpOptions): Promise<IndexPart> {
  const { database, signal } = options;
  const progress = new Progress(options);
  let { part, page } = await firstPage(options);
  for (;;) {
    part = await apply(options, part, page);
    if (page.results.length < CHANGES_AT_ONCE) break;
    signal.throwIfAborted();
    progress.report(page);
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
  // Two servers may come here at once: both go on with what is there in the end, or begin once more when they see it.
  const failed = await database.putLocal(LIFE, { id: randomUUID() }).then(
    () => undefined,
    (error: unknown) => error ?? new Error('not written'),
  );
  const written = await read();
  if (typeof written === 'string') return written;
  throw failed ?? new Error(`${database.name} did not keep its local document ${LIFE}`);
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
    const operations = await changesOf(options, prefixOf(part.number), ids.slice(at, at + DOCUMENTS_AT_ONCE));
    if (operations.length > 0) await level.batch(operations);
  }
  await level.batch([parts.noting(database.name, advanced)]);
  return advanced;
}

/** What is to be written so that the index knows these documents as they are now. */
async function changesOf(
  { level, database }: CatchUpOptions,
  prefix: string,
  ids: readonly string[],
): Promise<Operation[]> {
  const [winners, stored] = await Promise.all([
    database.winners(ids),
    level.getMany(ids.map((id) => prefix + factsKey(id))),
  ]);
  const operations: Operation[] = [];
  const counts = new Map<string, number>();
  for (const [i, id] of ids.entries()) {
    const body = winners[i]?.body;
    const before = stored[i];
    const facts = body && factsOf(asDocument(id, body));
    const after = facts && JSON.stringify(facts);
    if (after === before) continue;
    operations.push(setTo(prefix + factsKey(id), after));
    const old = before === undefined ? undefined : (JSON.parse(before) as DocumentFacts);
    operations.push(...keyChanges(prefix, id, old, facts));
    for (const key of old ? counterKeys(id, old) : []) counts.set(key, (counts.get(key) ?? 0) - 1);
    for (const key of facts ? counterKeys(id, facts) : []) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...operations, ...(await countChanges(level, prefix, counts))];
}

const setTo = (key: string, value: string | undefined): Operation =>
  value === undefined ? { type: 'del', key } : { type: 'put', key, value };

function keyChanges(
  prefix: string,
  id: string,
  before: DocumentFacts | undefined,
  after: DocumentFacts | undefined,
): Operation[] {
  const old = new Set(before && listKeys(id, before));
  const current = new Set(after && listKeys(id, after));
  return [
    ...[...old].filter((key) => !current.has(key)).map((key) => setTo(prefix + key, undefined)),
    ...[...current].filter((key) => !old.has(key)).map((key) => setTo(prefix + key, '')),
  ];
}

async function countChanges(level: Level, prefix: string, counts: ReadonlyMap<string, number>): Promise<Operation[]> {
  const changed = [...counts].filter(([, difference]) => difference !== 0);
  const before = await level.getMany(changed.map(([key]) => prefix + key));
  return changed.map(([key, difference], i) => {
    const count = Number(before[i] ?? 0) + difference;
    return setTo(prefix + key, count === 0 ? undefined : String(count));
  });
}

/** Tells of work that takes long: a list waits for it. */
class Progress {
  readonly #options: Pick<CatchUpOptions, 'database' | 'logger'>;
  readonly #beganAtMs = performance.now();
  #changes = 0;
  #told = false;

  constructor(options: Pick<CatchUpOptions, 'database' | 'logger'>) {
    this.#options = options;
  }

  report({ results, pending }: ChangesPage): void {
    this.#changes += results.length;
    if (this.#told || performance.now() - this.#beganAtMs < SILENT_MS) return;
    this.#told = true;
    this.#options.logger.info({ ...this.#fields(), pending }, 'indexing for lists; lists of this database wait for it');
  }

  end(): void {
    if (this.#told) this.#options.logger.info(this.#fields(), 'indexed for lists');
  }

  #fields() {
    const seconds = Math.round(performance.now() - this.#beganAtMs) / 1_000;
    return { database: this.#options.database.name, changes: this.#changes, seconds };
  }
}
