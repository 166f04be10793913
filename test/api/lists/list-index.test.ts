import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ListIndexesOptions } from '../../../server/api/lists/level-index.ts';
import type { ListIndexes } from '../../../server/api/lists/list-index.ts';
import { type ListQuery, ListQueryError, PositionError } from '../../../server/api/lists/list-query.ts';
import { CouchStore } from '../../../server/store/couchdb-store.ts';
import { childRevision } from '../../../server/store/revisions.ts';
import type { Database } from '../../../server/store/store.ts';
import { newDocumentId, newPatientId, patientDocId } from '../../../shared-schemas/ids.ts';
import { COUCHDB_URL } from '../../support/environment.ts';
import { waitFor } from '../../support/wait-for.ts';
import { ListStore, STORE_KINDS } from './list-stores.ts';
import { heldDatabase, ReadFailed, watchedDatabase } from './watched-database.ts';

const PATIENT = newPatientId();
const VITALS = { type: 'vital', sort: 'measuredAt', descending: true, limit: 50 } as const satisfies ListQuery;
const PATIENTS = { type: 'patient', sort: 'name', descending: false, limit: 50 } as const satisfies ListQuery;

const common = (minute: number) => {
  const time = new Date(Date.UTC(2026, 2, 1, 0, minute)).toISOString();
  return { schemaVersion: 1, clinicIds: ['north'], createdAt: time, createdBy: 'u1', updatedAt: time, updatedBy: 'u1' };
};
const vital = (minute: number, fields: Readonly<Record<string, unknown>> = {}, patientId = PATIENT) => {
  const { createdAt, ...rest } = common(minute);
  const body = { type: 'vital', patientId, measuredAt: createdAt, createdAt, ...rest, ...fields };
  return childRevision(undefined, newDocumentId('vital', patientId), body);
};
const patient = (lastName: string, fields: Readonly<Record<string, unknown>> = {}) => {
  const patientId = newPatientId();
  const body = { type: 'patient', patientId, firstName: 'Ann', lastName, ...common(0), ...fields };
  return childRevision(undefined, patientDocId(patientId), body);
};
const vitals = (count: number) => Array.from({ length: count }, (_, n) => vital(n));

describe.each(STORE_KINDS)('the index of lists on the %s store', (kind) => {
  let listStore: ListStore;
  let database: Database;
  let lists: ListIndexes;
  const opened: ListIndexes[] = [];
  const open = async (options: Partial<ListIndexesOptions> = {}) => {
    const index = await listStore.openLists(options);
    opened.push(index);
    return index;
  };
  const ids = async (query: ListQuery, index = lists) =>
    (await index.query(database, query)).entries.map(({ id }) => id);

  beforeAll(async () => {
    listStore = await ListStore.create(kind);
  });
  beforeEach(async () => {
    database = await listStore.newDatabase();
    lists = await open();
  });
  afterEach(async () => {
    for (const index of opened.splice(0)) await index.close();
    await rm(listStore.listsFolder, { recursive: true, force: true });
    await listStore.store.destroy(database.name);
  });
  afterAll(() => listStore.remove());

  it('has an own write in the very next list, however many write and ask at the same time', async () => {
    const writers = Array.from({ length: 12 }, async (_, writer) => {
      for (let n = 0; n < 8; n++) {
        const own = vital(n, { createdBy: `u${writer}` });
        await database.write([own]);
        const { entries, total } = await lists.query(database, { ...VITALS, author: `u${writer}` });
        expect(entries[0]?.id).toBe(own.id);
        expect(total).toBe(n + 1);
      }
    });
    await Promise.all(writers);
    expect((await lists.query(database, VITALS)).total).toBe(96);
  });

  it('has what was written while it was brought up to date, past what was read of the changes then', async () => {
    await database.write([vital(1)]);
    const { database: held, calls, release } = heldDatabase(database, 'winners');
    const first = lists.query(held, VITALS);
    await waitFor(() => calls.includes('winners'), { what: 'reading documents' });
    await database.write([vital(2)]);
    const second = lists.query(held, VITALS);
    release();
    expect((await first).total).toBe(1);
    expect((await second).total).toBe(2);
    expect((await lists.query(held, VITALS)).total).toBe(2);
  });

  it('has it also where nobody asked meanwhile', async () => {
    await database.write([vital(1)]);
    const { database: held, calls, release } = heldDatabase(database, 'winners');
    const first = lists.query(held, VITALS);
    await waitFor(() => calls.includes('winners'), { what: 'reading documents' });
    await database.write([vital(2)]);
    release();
    expect((await first).total).toBe(1);
    expect((await lists.query(held, VITALS)).total).toBe(2);
  });

  it('reads the changes once for all who ask at the same time', async () => {
    await database.write([vital(1)]);
    const { database: watched, calls } = watchedDatabase(database);
    await Promise.all(Array.from({ length: 50 }, () => lists.query(watched, VITALS)));
    expect(calls.filter((call) => call === 'winners')).toHaveLength(1);
  });

  it('asks nothing of an unchanged database where nobody else can write to it', async () => {
    await database.write([vital(1)]);
    const { database: watched, calls } = watchedDatabase(database);
    await lists.query(watched, VITALS);
    const before = calls.length;
    await lists.query(watched, VITALS);
    expect(calls.length > before).toBe(listStore.store.shared);
    await database.write([vital(2)]);
    expect((await lists.query(watched, VITALS)).total).toBe(2);
  });

  it('asks a shared database each time, since another server may write to it', async () => {
    const index = await open({ store: { shared: true, onUpdate: () => () => {} } });
    await database.write([vital(1)]);
    expect((await index.query(database, VITALS)).total).toBe(1);
    await database.write([vital(2)]);
    expect((await index.query(database, VITALS)).total).toBe(2);
  });

  // No other process can have the embedded store.
  it.runIf(kind === 'couchdb')('has what another server wrote', async () => {
    const other = await CouchStore.create(new URL(COUCHDB_URL ?? ''));
    const there = await other.open(database.name);
    for (let n = 1; n < 5; n++) {
      await there.write([vital(n)]);
      expect((await lists.query(database, VITALS)).total).toBe(n);
    }
    await other.close();
  });

  it('goes on where it was when it is opened again', async () => {
    await database.write(vitals(3));
    await lists.prepare(database);
    await database.write(vitals(3));
    const before = await ids(VITALS);
    await lists.close();
    const { database: watched, calls } = watchedDatabase(database);
    const again = await open();
    expect((await again.query(watched, VITALS)).entries.map(({ id }) => id)).toEqual(before);
    expect(calls).not.toContain('winners');
  });

  it('is made anew where its folder was deleted', async () => {
    await database.write(vitals(3));
    const before = await ids(VITALS);
    await lists.close();
    await rm(listStore.listsFolder, { recursive: true });
    expect(await ids(VITALS, await open())).toEqual(before);
  });

  it('is made anew where it cannot be read', async () => {
    await database.write(vitals(3));
    const before = await ids(VITALS);
    await lists.close();
    const folder = path.join(listStore.listsFolder, '0');
    for (const file of await readdir(folder)) if (/MANIFEST/.test(file)) await rm(path.join(folder, file));
    expect(await ids(VITALS, await open({ logger: { info: () => {}, warn: () => {} } }))).toEqual(before);
  });

  // The index is the same for both stores: once is enough.
  it.runIf(kind === 'embedded')('is opened anew where it can be written no longer', async () => {
    const told: string[] = [];
    const warn = (_: unknown, message?: string) => void told.push(String(message));
    const index = await open({ logger: { info: () => {}, warn } });
    expect((await index.query(database, PATIENTS)).total).toBe(0);
    for (const part of await readdir(listStore.listsFolder))
      await rm(path.join(listStore.listsFolder, part), { recursive: true });
    // More than LevelDB keeps in memory.
    const longName = (n: number) =>
      Array.from({ length: 24 }, (_, i) => (n * 65_537 + i * 7_919).toString(36)).join('');
    await database.write(Array.from({ length: 400 }, (_, n) => patient(longName(n))));
    const totals = await Promise.all([1, 2, 3].map(async () => (await index.query(database, PATIENTS)).total));
    expect(totals).toEqual([400, 400, 400]);
    expect(told).toEqual(['the index of the lists failed; it is opened anew']);
  });

  it('is made anew where another version made it', async () => {
    await database.write(vitals(3));
    const before = await ids(VITALS);
    await lists.close();
    const level = new ClassicLevel(path.join(listStore.listsFolder, '0'));
    const key = `m\u0000${database.name}`;
    const note = JSON.parse((await level.get(key)) ?? '') as Record<string, unknown>;
    await level.put(key, JSON.stringify({ ...note, version: 0 }));
    await level.put(`${note.number}\u0000of another form`, '');
    await level.close();
    expect(await ids(VITALS, await open())).toEqual(before);
  });

  it('forgets what a database had before it was destroyed and made anew', async () => {
    await database.write(vitals(3));
    expect((await lists.query(database, VITALS)).total).toBe(3);
    await listStore.store.destroy(database.name);
    database = await listStore.store.open(database.name);
    expect(await lists.query(database, VITALS)).toEqual({ entries: [], more: false, total: 0 });
    const only = vital(9);
    await database.write([only]);
    expect(await ids(VITALS)).toEqual([only.id]);
  });

  it('keeps what it has of each database apart, and nothing of one that is dropped', async () => {
    const other = await listStore.newDatabase();
    await database.write(vitals(3));
    await other.write(vitals(2));
    expect((await lists.query(database, VITALS)).total).toBe(3);
    expect((await lists.query(other, VITALS)).total).toBe(2);
    await lists.drop(database.name);
    expect((await lists.query(other, VITALS)).total).toBe(2);
    expect((await lists.query(database, VITALS)).total).toBe(3);
    await lists.retain([other.name]);
    await lists.retain([]);
    await lists.close();
    const level = new ClassicLevel(path.join(listStore.listsFolder, '0'));
    expect(await level.keys().all()).toEqual([]);
    await level.close();
    await listStore.store.destroy(other.name);
  });

  it('gives each of several users of a folder a part of it', async () => {
    await database.write(vitals(3));
    const second = await open();
    expect((await readdir(listStore.listsFolder)).sort()).toEqual(['0', '1']);
    const [one, two] = await Promise.all([ids(VITALS), ids(VITALS, second)]);
    expect(two).toEqual(one);
    await lists.close();
    expect(await ids(VITALS, await open())).toEqual(one);
    expect((await readdir(listStore.listsFolder)).sort()).toEqual(['0', '1']);
  });

  it('is exact after it was stopped between any two steps', async () => {
    await database.write(vitals(620));
    let attempts = 0;
    for (let failed = true; failed; attempts++) {
      failed = await lists.query(watchedDatabase(database, 2 + attempts).database, VITALS).then(
        () => false,
        (error: unknown) => {
          expect(error).toBeInstanceOf(ReadFailed);
          return true;
        },
      );
    }
    expect(attempts).toBeGreaterThan(4);
    expect((await lists.query(database, { ...VITALS, author: 'u1', clinic: 'north' })).total).toBe(620);
    expect(await ids({ ...VITALS, limit: 1_000 })).toEqual(await ids({ ...VITALS, limit: 1_000 }, await open()));
  });

  it('ends at once when it is closed, and goes on from there the next time', async () => {
    await database.write(vitals(620));
    const query = lists.query(database, VITALS);
    await Promise.all([expect(query).rejects.toThrow(), lists.close()]);
    expect((await (await open()).query(database, VITALS)).total).toBe(620);
  });

  it('tells of an indexing that takes long by counts, and of no other', async () => {
    const told: { fields: Readonly<Record<string, unknown>>; message: string }[] = [];
    const info = (fields: unknown, message?: string) =>
      void told.push({ fields: fields as Readonly<Record<string, unknown>>, message: String(message) });
    const logger = { info, warn: info };
    let nowMs = 0;
    await database.write(vitals(620));
    const index = await open({
      logger,
      nowMs: () => {
        nowMs += 1_500;
        return nowMs;
      },
    });
    await index.query(database, VITALS);
    expect(told.map(({ message }) => message)).toEqual([
      'indexing a database for lists; its lists wait for it',
      'indexed a database for lists',
    ]);
    const { seconds, pending, ...fields } = told[0]?.fields ?? {};
    expect(fields).toEqual({ database: database.name, changes: 500 });
    expect([seconds, pending]).toEqual([expect.any(Number), 120]);
    expect(told[1]?.fields).toEqual({ database: database.name, changes: 620, seconds: expect.any(Number) });
    await database.write([vital(1)]);
    await index.query(database, VITALS);
    expect(told).toHaveLength(2);
  });

  it('counts a patient’s documents as far as that is cheap', async () => {
    const other = newPatientId();
    await database.write([...vitals(1_001), vital(1, {}, other)]);
    expect((await lists.query(database, { ...VITALS, patientId: PATIENT })).total).toBeUndefined();
    expect((await lists.query(database, { ...VITALS, patientId: other })).total).toBe(1);
    expect((await lists.query(database, { ...VITALS, from: '2026-03-01' })).total).toBeUndefined();
    expect((await lists.query(database, VITALS)).total).toBe(1_002);
    const [last] = vitals(1_002).slice(-1);
    const { measuredAt } = (last?.body ?? {}) as { measuredAt?: string };
    await database.write([vital(1_001)]);
    const newest = await lists.query(database, { ...VITALS, patientId: PATIENT, from: measuredAt });
    expect(newest.total).toBe(1);
  });

  it('answers the whole of a patient, the newest first, and nobody else’s', async () => {
    const first = vital(1);
    const third = vital(3);
    const second = childRevision(undefined, patientDocId(PATIENT), {
      type: 'patient',
      patientId: PATIENT,
      ...common(2),
    });
    await database.write([first, second, third, vital(2, {}, newPatientId())]);
    const page = await lists.query(database, { timelineOf: PATIENT, limit: 2 });
    expect(page.entries.map(({ id }) => id)).toEqual([third.id, second.id]);
    expect([page.more, page.total]).toEqual([true, 3]);
    const rest = await lists.query(database, { timelineOf: PATIENT, limit: 2, after: page.entries[1]?.position });
    expect(rest.entries.map(({ id }) => id)).toEqual([first.id]);
  });

  it('leaves out what is no document of ours, and takes fields of any kind', async () => {
    const strange = patient('Smith', {
      clinicIds: 'north',
      createdBy: 5,
      phoneNumber: ['1'],
      firstName: null,
      type: 7,
    });
    const { _id, ...body } = { _id: 'p1:patient', type: 'patient', lastName: 'Smith' };
    await database.write([strange, childRevision(undefined, _id, body), childRevision(undefined, 'role-check', {})]);
    expect(await ids(PATIENTS)).toEqual([strange.id]);
    expect(await ids({ ...PATIENTS, search: 'smith' })).toEqual([strange.id]);
    expect((await lists.query(database, { ...PATIENTS, clinic: 'north' })).total).toBe(0);
  });

  it('finds a word only where its parts stand together', async () => {
    const [apart, together] = [patient('Abcd', { firstName: 'Bcde' }), patient('Abcde')];
    await database.write([apart, together]);
    expect(await ids({ ...PATIENTS, search: 'abcde' })).toEqual([together.id]);
    expect(await ids({ ...PATIENTS, search: 'abcd' })).toEqual([apart.id, together.id]);
  });

  it('sorts by the beginning of a long name, and keeps positions short', async () => {
    const long = ['a', 'b'].map((end) => patient(`${'\u{20bb7}'.repeat(250)}${end}`));
    await database.write(long);
    const page = await lists.query(database, { ...PATIENTS, limit: 1 });
    expect(page.entries[0]?.id).toBe(long.map(({ id }) => id).sort()[0]);
    expect(page.entries[0]?.position.length).toBeLessThan(1_300);
    const rest = await lists.query(database, { ...PATIENTS, limit: 1, after: page.entries[0]?.position });
    expect([rest.entries.length, rest.more]).toEqual([1, false]);
  });

  it('finds nothing for a search that has nothing in it to search for', async () => {
    await database.write([patient('Smith')]);
    for (const search of ['', ' ', '-', '?!', '\u200d'])
      expect(await lists.query(database, { ...PATIENTS, search })).toEqual({ entries: [], more: false, total: 0 });
  });

  it('refuses what a list cannot do', async () => {
    const refused: ListQuery[] = [
      { ...VITALS, sort: 'name' },
      { ...VITALS, sort: 'constructor' },
      { ...VITALS, status: 'pending' },
      { ...VITALS, search: 'a' },
      { ...PATIENTS, from: '2026-03-01' },
      { ...PATIENTS, search: 'a', sort: 'updatedAt' },
      { type: 'drug', sort: 'name', descending: false, limit: 5, patientId: PATIENT },
      { type: 'drug', sort: 'name', descending: false, limit: 5, author: 'u1' },
      { ...VITALS, from: 'yesterday' },
    ];
    for (const query of refused) await expect(lists.query(database, query)).rejects.toBeInstanceOf(ListQueryError);
  });

  it('refuses a position of a list with another sort, and what is no position', async () => {
    await database.write(vitals(1));
    const { entries } = await lists.query(database, VITALS);
    const after = entries[0]?.position;
    await expect(lists.query(database, { ...PATIENTS, after })).rejects.toBeInstanceOf(PositionError);
    await expect(lists.query(database, { ...VITALS, after: 'made up' })).rejects.toBeInstanceOf(PositionError);
    await expect(lists.query(database, { timelineOf: PATIENT, limit: 1, after })).rejects.toBeInstanceOf(PositionError);
  });
});
