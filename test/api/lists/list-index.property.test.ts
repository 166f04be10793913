import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListIndexes } from '../../../server/api/lists/list-index.ts';
import { childRevision, winnerOf } from '../../../server/store/revisions.ts';
import type { Database } from '../../../server/store/store.ts';
import { PROPERTY_SEED, runs, say } from '../../property/seed.ts';
import { listScenario, type QueryStep, type Step, type Write } from './list-scenario.ts';
import { ListStore, STORE_KINDS } from './list-stores.ts';
import { type Body, comparePlaces, naiveList, type Place } from './naive-lists.ts';

const count = { scenarios: 0, queries: 0, pages: 0, entries: 0, searches: 0, found: 0 };

/** Two indexes of the same databases, each with a part of the folder for itself. */
class Indexes {
  readonly #listStore: ListStore;
  #open: readonly ListIndexes[] = [];

  constructor(listStore: ListStore) {
    this.#listStore = listStore;
  }

  async open(): Promise<void> {
    this.#open = [await this.#listStore.openLists(), await this.#listStore.openLists()];
  }

  one(n: number): ListIndexes {
    return this.#open[n % 2] as ListIndexes;
  }

  async drop(databaseName: string): Promise<void> {
    for (const lists of this.#open) await lists.drop(databaseName);
  }

  async close(): Promise<void> {
    for (const lists of this.#open) await lists.close();
  }
}

/** One database with its lists, beside the same documents in memory. */
class Simulation {
  readonly #listStore: ListStore;
  readonly #indexes: Indexes;
  readonly #documents = new Map<string, Body>();
  #database: Database;

  private constructor(listStore: ListStore, indexes: Indexes, database: Database) {
    this.#listStore = listStore;
    this.#indexes = indexes;
    this.#database = database;
  }

  static async create(listStore: ListStore, indexes: Indexes): Promise<Simulation> {
    return new Simulation(listStore, indexes, await listStore.newDatabase());
  }

  async end(): Promise<void> {
    await this.#indexes.drop(this.#database.name);
    await this.#listStore.store.destroy(this.#database.name);
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'write') await this.#write(step.writes);
    else if (step.kind === 'query') await this.#query(step);
    else if (step.kind === 'drop') await this.#indexes.one(0).drop(this.#database.name);
    else if (step.kind === 'rebirth') await this.#rebirth();
    else await this.#restart(step.kind === 'lose');
  }

  /** Of several writes of one document the last counts. */
  async #write(writes: readonly Write[]): Promise<void> {
    const last = new Map(writes.map(({ id, body }) => [id, body]));
    const leaves = await this.#database.leaves([...last.keys()]);
    const revisions = [...last].flatMap(([id, body]) => {
      const winner = winnerOf(leaves.get(id) ?? []);
      if (body) this.#documents.set(id, body);
      else this.#documents.delete(id);
      return body || winner ? [childRevision(winner, id, body ?? {}, { deleted: !body })] : [];
    });
    await this.#database.write(revisions);
  }

  async #restart(lose: boolean): Promise<void> {
    await this.#indexes.close();
    if (lose) await rm(this.#listStore.listsFolder, { recursive: true });
    await this.#indexes.open();
  }

  async #rebirth(): Promise<void> {
    await this.#listStore.store.destroy(this.#database.name);
    this.#database = await this.#listStore.store.open(this.#database.name);
    this.#documents.clear();
  }

  async #query({ query, meanwhile }: QueryStep): Promise<void> {
    count.queries++;
    const remaining = [...meanwhile];
    const direction = 'timelineOf' in query || query.descending ? -1 : 1;
    let after: string | undefined;
    let last: Place | undefined;
    for (let page = 0; ; page++) {
      const all = naiveList(this.#documents, query);
      const expected = all.filter((place) => !last || direction * comparePlaces(place, last) > 0);
      const { entries, more, total } = await this.#indexes.one(page).query(this.#database, { ...query, after });
      const shown = expected.slice(0, query.limit);
      expect(entries.map(({ id }) => id)).toEqual(shown.map(({ id }) => id));
      expect(more).toBe(expected.length > query.limit);
      const counted = 'timelineOf' in query || !(query.search ?? query.from ?? query.to);
      if (total !== undefined || counted) expect(total).toBe(all.length);
      this.#tally(query, entries.length);
      if (!more) return;
      [after, last] = [entries.at(-1)?.position, shown.at(-1)];
      const write = remaining.shift();
      if (write) await this.#write([write]);
    }
  }

  #tally(query: QueryStep['query'], entries: number): void {
    count.pages++;
    count.entries += entries;
    if (!('search' in query)) return;
    count.searches++;
    if (entries > 0) count.found++;
  }
}

describe.each(STORE_KINDS)('lists on the %s store', (kind) => {
  let listStore: ListStore;
  let indexes: Indexes;
  beforeAll(async () => {
    listStore = await ListStore.create(kind);
    indexes = new Indexes(listStore);
    await indexes.open();
  });
  afterAll(async () => {
    await indexes.close();
    await listStore.remove();
  });

  it('are what filtering and sorting all documents gives, page by page, whatever happens in between', async () => {
    const property = fc.asyncProperty(listScenario, async (steps) => {
      count.scenarios++;
      const simulation = await Simulation.create(listStore, indexes);
      try {
        for (const step of steps) await simulation.take(step);
      } finally {
        await simulation.end();
      }
    });
    await fc.assert(property, {
      seed: PROPERTY_SEED,
      numRuns: runs(kind === 'couchdb' ? 12 : 60),
      interruptAfterTimeLimit: 100_000,
    });
    say(`lists on the ${kind} store: ${JSON.stringify(count)}`);
    expect(count.found).toBeGreaterThan(0);
  });
});
