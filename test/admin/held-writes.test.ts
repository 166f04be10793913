/** Held writes over HTTP: real refusals of stock PouchDB tablets, looked at and decided by an administrator. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HeldWrite, HeldWrites } from '../../server/documents/held-writes.ts';
import { childRevision, winnerOf } from '../../server/store/revisions.ts';
import { ApiNetwork, type Problem } from '../api/api-network.ts';
import { COUCHDB_URL } from '../support/environment.ts';
import { edited, newDocument, newPatient, type StaffName } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

interface Summary {
  readonly id: string;
  readonly documentId: string;
  readonly code: string;
  readonly userId: string;
  readonly heldAt: string;
}
interface Page {
  readonly items: readonly Summary[];
  readonly nextCursor?: string;
}
interface Detail extends Summary {
  readonly comparison: readonly { field: string; changed: boolean; conflict: boolean; [side: string]: unknown }[];
  readonly stored?: { readonly rev: string; readonly body: Record<string, unknown> };
  readonly base?: { readonly body: Record<string, unknown> };
  readonly body: Record<string, unknown>;
  readonly decision?: Record<string, unknown>;
  readonly form: readonly { readonly field: string }[];
  readonly cursor: string;
}
interface Counts {
  readonly open?: number;
  readonly oldestAt?: string;
  readonly byCode: readonly { readonly code: string; readonly open: number }[];
}

let network: ApiNetwork;
beforeAll(async () => {
  network = await ApiNetwork.start();
});
afterAll(() => network?.close());

const admin = () => network.server.admin;
const tablet = (name: StaffName) => new PouchDevice(network.login(name));
const author = (name: StaffName) => network.login(name).principal;
const HELD = '/api/admin/held-writes';
const list = (query: string) => admin().ok<Page>('GET', `${HELD}${query}`);
const read = (id: string) => admin().ok<Detail>('GET', `${HELD}/${id}`);
const counts = () => admin().ok<Counts>('GET', `${HELD}/summary`);
const act = (id: string, what: string, body?: object, headers?: Record<string, string>) =>
  admin().request<Detail & Problem & { fields?: string[] }>('POST', `${HELD}/${id}/${what}`, body, headers);
const stored = async (id: string) => winnerOf((await network.server.core.primary.leaves([id])).get(id) ?? []);

/** A patient with a document of the doctor's, on the doctor's tablet and on the nurse's. */
async function shared(type: 'record' | 'vital' | 'prescription', more: Record<string, unknown> = {}) {
  const doctor = tablet('doctorNorth');
  const patient = newPatient(author('doctorNorth'));
  const document = newDocument(type, patient, author('doctorNorth'), more);
  for (const one of [patient, document]) await doctor.put(one);
  await doctor.sync();
  expect(doctor.denied).toEqual([]);
  return { doctor, patient, document };
}

/** The nurse edits what only its author may edit; answers the entry. */
async function refusedEdit(id: string, change: Record<string, unknown>, name: StaffName = 'nurseNorth') {
  const device = tablet(name);
  await device.pull();
  await device.put({ ...(await device.get(id)), ...change, ...edited(author(name)) });
  await device.push();
  expect(device.denied).toHaveLength(1);
  return entryOf(id);
}

async function entryOf(documentId: string): Promise<Detail> {
  const { items } = await list(`?patientId=${documentId.split(':')[0]}&limit=500`);
  const found = items.find((item) => item.documentId === documentId);
  if (!found) throw new Error(`nothing of ${documentId} is held`);
  return read(found.id);
}

const rowOf = ({ comparison }: Detail, field: string) => comparison.find((row) => row.field === field);

describe('accepting', () => {
  it('writes what the author changed as the reviewer, once, and says so in the audit log', async () => {
    const { document, doctor } = await shared('vital');
    const entry = await refusedEdit(document._id, { heartRatePerMinute: 90 });
    expect(entry).toMatchObject({ code: 'not_author', userId: author('nurseNorth').userId });
    expect(rowOf(entry, 'heartRatePerMinute')).toEqual({
      ...{ field: 'heartRatePerMinute', base: 72, held: 90, stored: 72 },
      ...{ differs: true, changed: true, conflict: false },
    });
    expect(entry.comparison.filter(({ changed }) => changed).map(({ field }) => field)).toEqual(['heartRatePerMinute']);

    const accepted = await act(entry.id, 'accept', { note: 'checked on paper' });
    expect(accepted).toMatchObject({
      status: 200,
      body: { decision: { outcome: 'accepted', note: 'checked on paper' }, body: { heartRatePerMinute: 90 } },
    });
    const winner = await stored(document._id);
    expect(winner?.body).toMatchObject({ heartRatePerMinute: 90, createdBy: document.createdBy });
    const { items } = await admin().ok<{ items: Record<string, unknown>[] }>(
      'GET',
      '/api/audit?kind=held_write_accepted',
    );
    expect(items[0]).toMatchObject({
      ...{ heldWriteId: entry.id, userId: entry.userId, by: winner?.body.updatedBy, rev: winner?.rev },
      fields: ['heartRatePerMinute'],
    });
    await doctor.pull();
    expect(await doctor.get(document._id)).toMatchObject({ heartRatePerMinute: 90 });

    expect(await act(entry.id, 'accept')).toMatchObject({ status: 409, body: { code: 'wrong_state' } });
    expect(await act(entry.id, 'reject', { note: 'no' })).toMatchObject({ status: 409, body: { code: 'wrong_state' } });
    expect((await stored(document._id))?.rev).toBe(winner?.rev);
  });

  it('overwrites nothing that changed since, unless the reviewer names the revision that they saw', async () => {
    const { document } = await shared('vital');
    const entry = await refusedEdit(document._id, { heartRatePerMinute: 90, temperatureCelsius: 38.1 });
    const patch = { heartRatePerMinute: 80 };
    await network.as('doctorNorth').ok('PATCH', `/api/vitals/${document._id}`, patch);
    const now = await read(entry.id);
    expect(rowOf(now, 'heartRatePerMinute')).toMatchObject({ base: 72, held: 90, stored: 80, conflict: true });
    expect(rowOf(now, 'temperatureCelsius')).toMatchObject({ changed: true, conflict: false });
    const refused = await act(entry.id, 'accept');
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict', fields: ['heartRatePerMinute'] } });
    expect(await act(entry.id, 'accept', {}, { 'if-match': '*' })).toMatchObject({ status: 409 });
    expect(await act(entry.id, 'accept', {}, { 'if-match': '"1-0"' })).toMatchObject({ status: 412 });
    expect((await stored(document._id))?.body).toMatchObject({ heartRatePerMinute: 80, temperatureCelsius: 36.8 });
    expect(await act(entry.id, 'accept', {}, { 'if-match': `"${now.stored?.rev}"` })).toMatchObject({ status: 200 });
    expect((await stored(document._id))?.body).toMatchObject({ heartRatePerMinute: 90, temperatureCelsius: 38.1 });
  });

  it('takes some of the fields, and values that the reviewer types', async () => {
    const { document } = await shared('vital');
    const entry = await refusedEdit(document._id, { heartRatePerMinute: 90, temperatureCelsius: 38.1 });
    expect(await act(entry.id, 'accept', { fields: ['notes'] })).toMatchObject({ status: 400 });
    expect(await act(entry.id, 'accept', { values: { createdBy: 'x' } })).toMatchObject({ status: 400 });
    expect(await act(entry.id, 'accept', { values: { heartRatePerMinute: 'fast' } })).toMatchObject({
      ...{ status: 422, body: { code: 'invalid_document', faults: [{ path: '/heartRatePerMinute' }] } },
    });
    const choice = { fields: ['temperatureCelsius'], values: { notes: 'measured twice' } };
    expect(await act(entry.id, 'accept', choice)).toMatchObject({ status: 200 });
    expect((await stored(document._id))?.body).toMatchObject({
      ...{ heartRatePerMinute: 72, temperatureCelsius: 38.1, notes: 'measured twice' },
    });
  });

  it('keeps what the author could not see', async () => {
    const { document } = await shared('prescription', { notes: 'Allergy checked', reason: 'Bronchitis' });
    const entry = await refusedEdit(
      document._id,
      { lines: [{ drugName: 'Amoxicillin', dose: '250 mg', quantity: 21 }] },
      'pharmacistNorth',
    );
    expect(entry.comparison.filter(({ changed }) => changed).map(({ field }) => field)).toEqual(['lines']);
    expect(await act(entry.id, 'accept')).toMatchObject({ status: 200 });
    const body = (await stored(document._id))?.body;
    expect(body).toMatchObject({ notes: 'Allergy checked', reason: 'Bronchitis', lines: [{ dose: '250 mg' }] });
  });

  it('adds a refused new document whole, with its faults mended, and deletes where a deletion was held', async () => {
    const { doctor, patient, document } = await shared('vital');
    const fresh = newDocument('vital', patient, author('doctorNorth'), { heartRatePerMinute: 'fast' });
    await doctor.put(fresh);
    await doctor.push();
    const entry = await entryOf(fresh._id);
    expect(entry.code).toBe('invalid_document');
    expect(await act(entry.id, 'accept')).toMatchObject({ status: 422, body: { code: 'invalid_document' } });
    expect(await act(entry.id, 'accept', { values: { heartRatePerMinute: 66 } })).toMatchObject({ status: 200 });
    expect((await stored(fresh._id))?.body).toMatchObject({
      ...{ heartRatePerMinute: 66, temperatureCelsius: 36.8, createdBy: fresh.createdBy, createdAt: fresh.createdAt },
    });

    const nurse = tablet('nurseNorth');
    await nurse.pull();
    await nurse.put({ ...(await nurse.get(document._id)), _deleted: true });
    await nurse.push();
    const deletion = await entryOf(document._id);
    expect(deletion).toMatchObject({ deleted: true });
    await network.as('doctorNorth').ok('PATCH', `/api/vitals/${document._id}`, { notes: 'seen' });
    expect(await act(deletion.id, 'accept')).toMatchObject({ status: 409, body: { fields: ['notes'] } });
    const rev = (await stored(document._id))?.rev;
    expect(await act(deletion.id, 'accept', {}, { 'if-match': `"${rev}"` })).toMatchObject({ status: 200 });
    expect((await stored(document._id))?.deleted).toBe(true);
  });

  it('reviews the losing side of a merge alike', async () => {
    const { doctor, document } = await shared('record');
    const other = tablet('doctorNorth');
    await other.pull();
    for (const [device, diagnosis] of [
      [doctor, 'Pneumonia'],
      [other, 'Asthma'],
    ] as const)
      await device.put({ ...(await device.get(document._id)), diagnosis, ...edited(author('doctorNorth')) });
    await doctor.push();
    await other.push();
    const entry = await entryOf(document._id);
    expect(entry.code).toBe('merge_dropped');
    const row = rowOf(entry, 'diagnosis');
    expect(row).toMatchObject({ base: 'Acute bronchitis', changed: true, conflict: true });
    expect(new Set([row?.held, row?.stored])).toEqual(new Set(['Pneumonia', 'Asthma']));
    expect(await act(entry.id, 'accept')).toMatchObject({ status: 409, body: { fields: ['diagnosis'] } });
    const seen = { 'if-match': `"${entry.stored?.rev}"` };
    expect(await act(entry.id, 'accept', {}, seen)).toMatchObject({ status: 200 });
    expect((await stored(document._id))?.body.diagnosis).toBe(row?.held);
  });
});

describe('the list', () => {
  it('pages through what is open, newest first, filters, and rejects many at once', async () => {
    const { doctor, patient } = await shared('vital');
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      const fault = newDocument('vital', patient, author('doctorNorth'), { heartRatePerMinute: `bad ${n}` });
      await doctor.put(fault);
      await doctor.push();
      ids.unshift(fault._id);
    }
    const of = `patientId=${patient.patientId}`;
    const pages: Summary[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: Page = await list(`?${of}&limit=2${cursor && `&cursor=${cursor}`}`);
      pages.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(pages.map(({ documentId }) => documentId)).toEqual(ids);
    for (const [query, found] of [
      ['code=invalid_document', 5],
      ['code=not_author', 0],
      ['clinic=north', 5],
      ['clinic=south', 0],
      [`userId=${author('doctorNorth').userId}`, 5],
      ['userId=nobody', 0],
      ['state=rejected', 0],
    ] as const)
      expect((await list(`?${of}&${query}`)).items, query).toHaveLength(found);

    const some = pages.slice(0, 2).map(({ id }) => id);
    const none = '0'.repeat(64);
    const many = await admin().ok<{ items: { result: string }[] }>('POST', `${HELD}/decide`, {
      ...{ ids: [...some, some[0], none], decision: 'reject', note: 'typing errors' },
    });
    expect(many.items.map(({ result }) => result)).toEqual(['rejected', 'rejected', 'decided_before', 'not_found']);
    expect((await list(`?${of}`)).items).toHaveLength(3);
    expect((await list(`?${of}&state=rejected`)).items.map(({ id }) => id)).toEqual(some);
    expect((await list(`?${of}&state=all`)).items).toHaveLength(5);
    expect((await read(some[0] ?? '')).decision).toMatchObject({ outcome: 'rejected', note: 'typing errors' });
    // The tablet sends it again: it stays one entry, and decided.
    const again = (await network.server.core.held.get(some[0] ?? ''))?.write as HeldWrite;
    await network.server.core.held.keep([{ ...again, heldAt: new Date().toISOString() }]);
    expect((await list(`?${of}&state=all`)).items).toHaveLength(5);
    expect((await list(`?${of}`)).items).toHaveLength(3);
  });

  it('goes either way in time, also from the middle', async () => {
    const { doctor, patient } = await shared('vital');
    for (let n = 0; n < 3; n++) {
      await doctor.put(newDocument('vital', patient, author('doctorNorth'), { heartRatePerMinute: `bad ${n}` }));
      await doctor.push();
    }
    const of = `patientId=${patient.patientId}`;
    const newest = (await list(`?${of}`)).items.map(({ id }) => id);
    expect(newest).toHaveLength(3);
    expect((await list(`?${of}&order=oldest`)).items.map(({ id }) => id)).toEqual([...newest].reverse());
    const first = await list(`?${of}&order=oldest&limit=1`);
    const rest = await list(`?${of}&order=oldest&cursor=${first.nextCursor}`);
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual([...newest].reverse());

    const { cursor } = await read(newest[1] ?? '');
    const beside = async (order: string) => (await list(`?${of}&order=${order}&cursor=${cursor}`)).items;
    expect((await beside('newest')).map(({ id }) => id)).toEqual([newest[2]]);
    expect((await beside('oldest')).map(({ id }) => id)).toEqual([newest[0]]);
  });

  it('says who the author and the reviewer are, and what each field may be', async () => {
    const { document } = await shared('vital');
    const { id } = await refusedEdit(document._id, { heartRatePerMinute: 90 });
    const entry = await read(id);
    expect(entry).toMatchObject({ userName: 'nurseNorth' });
    const byField = new Map(entry.form.map((field) => [field.field, field]));
    expect(byField.get('heartRatePerMinute')).toMatchObject({
      required: false,
      schema: { type: 'number', maximum: 350, description: 'Heart rate, beats per minute' },
    });
    expect(byField.get('measuredAt')).toMatchObject({ required: true });
    for (const kept of ['_id', 'type', 'patientId', 'createdBy', 'updatedAt', 'formerClinicIds'])
      expect(byField.has(kept), kept).toBe(false);
    expect((await list(`?patientId=${document.patientId}`)).items).toMatchObject([{ id, userName: 'nurseNorth' }]);
  });

  it('counts what is open by reason, as it comes and is decided, whoever decides', async () => {
    const { document } = await shared('vital');
    const before = await counts();
    const { id, heldAt } = await refusedEdit(document._id, { heartRatePerMinute: 90 });
    const notAuthor = (all: Counts) => all.byCode.find(({ code }) => code === 'not_author')?.open ?? 0;
    const after = await waitFor(
      async () => {
        const all = await counts();
        return all.open === (before.open ?? 0) + 1 ? all : undefined;
      },
      { what: 'the new one being counted' },
    );
    expect(notAuthor(after)).toBe(notAuthor(before) + 1);
    expect(after.byCode.reduce((sum, { open }) => sum + open, 0)).toBe(after.open);
    expect(Date.parse(after.oldestAt ?? '')).toBeLessThanOrEqual(Date.parse(heldAt));

    // Past the server that counts: straight into the database.
    const { core, environment } = network.server;
    const other = new HeldWrites(await core.store.open(`${environment.env.VITASYNC_DB_PREFIX}-held`));
    const entry = await other.get(id);
    if (!entry) throw new Error('it is held');
    const at = new Date().toISOString();
    await other.decide(entry, { outcome: 'rejected', by: 'somebody', at });
    await waitFor(async () => (await counts()).open === before.open, { what: 'the decision being counted' });
  });

  it.runIf(COUCHDB_URL)('counts alike on two servers, whichever of them does it', async () => {
    const { environment } = network.server;
    const other = await startServer({ environment, env: { VITASYNC_DATA_DIR: `${environment.folder}/other` } });
    try {
      const both = async () => [await counts(), await other.admin.ok<Counts>('GET', `${HELD}/summary`)];
      const alike = (open: number) =>
        waitFor(async () => (await both()).every((one) => one.open === open), { what: `both counting ${open}` });
      const open = (await counts()).open ?? 0;
      await alike(open);
      const { document } = await shared('vital');
      const { id } = await refusedEdit(document._id, { heartRatePerMinute: 90 });
      await alike(open + 1);
      await other.admin.ok('POST', `${HELD}/${id}/reject`, { note: 'on the other one' });
      await alike(open);
      const [here, there] = await both();
      expect(here).toEqual(there);
    } finally {
      await other.stop();
    }
  });

  it('is for administrators only', async () => {
    for (const name of ['doctorNorth', 'nurseNorth', 'pharmacistNorth'] as const)
      expect((await network.as(name).request('GET', HELD)).status).toBe(403);
    expect((await network.server.api.request('GET', HELD)).status).toBe(401);
    expect((await admin().request('GET', `${HELD}/nothing`)).status).toBe(404);
    expect((await admin().request('GET', `${HELD}?cursor=x`)).status).toBe(400);
  });

  it('forgets what concerned an erased patient, with what was said of it', async () => {
    const { patient, document } = await shared('vital');
    const entry = await refusedEdit(document._id, { heartRatePerMinute: 99 });
    await act(entry.id, 'reject', { note: 'unmistakablenote' });
    await admin().ok('POST', `/api/patients/${patient.patientId}/erasure`, { confirm: patient.patientId });
    expect((await admin().request('GET', `${HELD}/${entry.id}`)).status).toBe(404);
    expect((await list(`?state=all&patientId=${patient.patientId}`)).items).toEqual([]);
  });

  it('has what was held before there were summaries, once, and it can be decided', async () => {
    const { core, environment } = network.server;
    const database = await core.store.open(`${environment.env.VITASYNC_DB_PREFIX}-held`);
    const { document } = await shared('vital');
    const { id } = await refusedEdit(document._id, { heartRatePerMinute: 91 });
    const write = (await core.held.get(id))?.write as HeldWrite;
    const heldAt = '2026-01-02T03:04:05.000Z';
    const older = { ...write, rev: '2-00000000000000000000000000000000', heldAt };
    const key = JSON.stringify([older.documentId, older.rev, older.by?.userId]);
    const olderId = createHash('sha256').update(key).digest('hex');
    const entry = { ...childRevision(undefined, `held:${olderId}`, { key }), body: { ...older } };
    await database.write([entry]);
    await database.removeLocal('held-ordered');
    const next = new HeldWrites(database);
    const of = { limit: 10, patientId: document.patientId };
    for (const state of ['open', 'all'] as const)
      expect((await next.page({ ...of, state })).items.map((item) => item.id)).toEqual([id, olderId]);
    expect(await act(olderId, 'reject', { note: 'older' })).toMatchObject({ status: 200 });
    expect((await next.page({ ...of, state: 'open' })).items.map((item) => item.id)).toEqual([id]);
  });
});
