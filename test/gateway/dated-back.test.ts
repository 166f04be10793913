/**
 * A tablet whose clock is set back, so that what is too late seems to be in time. The times that a device writes are believed, as
 * it may have been offline for months; what it sent already says what cannot be true.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { winnerOf } from '../../server/store/revisions.ts';
import type { Login } from '../support/api-client.ts';
import { authored, type ClinicalType, createNetwork, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { PouchDevice, remoteOf } from '../support/pouch-device.ts';
import { syncRequest } from '../support/sync-request.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let server: TestServer;
/** By how much the server's clock is ahead of this machine's. */
let aheadMs = 0;
const nowMs = () => Date.now() + aheadMs;

beforeAll(async () => {
  server = await startServer({ nowMs });
  await createNetwork(server.admin);
});
afterAll(() => server?.close());

interface Doc {
  readonly _id: string;
  readonly [field: string]: unknown;
}

/** A doctor's tablet with stock PouchDB, whose clock is ahead by this; negative where it is behind. */
class Tablet {
  readonly device: PouchDevice;
  readonly #clockMs: number;

  private constructor(device: PouchDevice, clockMs: number) {
    this.device = device;
    this.#clockMs = clockMs;
  }

  static async of({ clockMs = 0 } = {}): Promise<Tablet> {
    return new Tablet(new PouchDevice(await loginStaff(server.api, 'doctorNorth')), clockMs);
  }

  get login(): Login {
    return this.device.login;
  }

  /** When it is `agoMs` ago, by the tablet's clock. */
  at(agoMs = 0): number {
    return nowMs() + this.#clockMs - agoMs;
  }

  async make(type: ClinicalType, patient: Parameters<typeof newDocument>[1], agoMs = 0): Promise<Doc> {
    const document = newDocument(type, patient, this.login.principal, authored(this.login.principal, this.at(agoMs)));
    await this.device.local.put(document);
    return document;
  }

  async patient(agoMs = 0) {
    const patient = newPatient(this.login.principal, authored(this.login.principal, this.at(agoMs)));
    await this.device.local.put(patient);
    return patient;
  }

  /** An edit that says that it was made `agoMs` ago. */
  async edit(id: string, change: Record<string, unknown>, agoMs = 0): Promise<void> {
    const { userId, deviceId } = this.login.principal;
    const updatedAt = new Date(this.at(agoMs)).toISOString();
    await this.device.local.put({
      ...(await this.device.local.get(id)),
      ...change,
      updatedAt,
      updatedBy: userId,
      deviceId,
    });
  }

  /** Pushes until the line breaks, after the checkpoint of the first batch. */
  async pushOneBatch(): Promise<void> {
    let asked = 0;
    const remote = remoteOf(String(this.login.databases[0]?.url), this.login.accessToken, (address, answer) => {
      if (!address.includes('_revs_diff') || ++asked < 2) return;
      answer.catch(() => {});
      throw new TypeError('the line broke');
    });
    await expect(this.device.local.replicate.to(remote)).rejects.toThrow();
    expect(asked).toBe(2);
  }

  /** Pushes; answers the codes of what is refused. */
  async push(): Promise<(string | undefined)[]> {
    const before = this.device.denied.length;
    await this.device.push();
    return this.device.denied.slice(before).map(({ code }) => code);
  }
}

const bodyOf = async (id: string) => winnerOf((await server.core.primary.leaves([id])).get(id) ?? [])?.body;
const heldOf = async (id: string) => (await server.core.held.list(2_000)).filter((held) => held.documentId === id);

describe('a change that is too late now, and says that it was in time', () => {
  it('is held where the tablet sent what it changed later before', async () => {
    const tablet = await Tablet.of();
    const patient = await tablet.patient(500 * DAY);
    const old = await tablet.make('record', patient, 400 * DAY);
    expect(await tablet.push()).toEqual([]);
    await tablet.make('vital', patient);
    expect(await tablet.push()).toEqual([]);
    await tablet.edit(old._id, { diagnosis: 'Nothing was wrong' }, 400 * DAY - HOUR);
    expect(await tablet.push()).toEqual(['dated_back']);
    expect(await bodyOf(old._id)).toMatchObject({ diagnosis: 'Acute bronchitis' });
    expect(await heldOf(old._id)).toMatchObject([{ code: 'dated_back', body: { diagnosis: 'Nothing was wrong' } }]);
  });

  it('is held as a deletion too, and where it ends what has begun', async () => {
    const tablet = await Tablet.of();
    const patient = await tablet.patient(20 * DAY);
    const vital = await tablet.make('vital', patient, 10 * DAY);
    const startsAt = new Date(tablet.at(DAY)).toISOString();
    const appointment = newDocument('appointment', patient, tablet.login.principal, {
      ...authored(tablet.login.principal, tablet.at(3 * DAY)),
      startsAt,
    });
    await tablet.device.local.put(appointment);
    await tablet.make('vital', patient);
    expect(await tablet.push()).toEqual([]);
    await tablet.edit(vital._id, { _deleted: true }, 10 * DAY - HOUR);
    await tablet.edit(appointment._id, { status: 'cancelled' }, 2 * DAY);
    expect(await tablet.push()).toEqual(['dated_back', 'dated_back']);
    expect(await bodyOf(vital._id)).toMatchObject({ heartRatePerMinute: 72 });
    expect(await bodyOf(appointment._id)).toMatchObject({ status: 'scheduled' });
  });

  it('is held where the tablet noted since that all was sent, though it changed nothing', async () => {
    const tablet = await Tablet.of();
    const patient = await tablet.patient(30 * HOUR);
    const appointment = newDocument('appointment', patient, tablet.login.principal, {
      ...authored(tablet.login.principal, tablet.at(30 * HOUR)),
      startsAt: new Date(tablet.at(-HOUR)).toISOString(),
    });
    await tablet.device.local.put(appointment);
    await tablet.make('vital', patient);
    expect(await tablet.push()).toEqual([]);
    aheadMs += 8 * HOUR;
    // What a colleague wrote comes in, and is looked at when the tablet pushes.
    const colleague = await Tablet.of();
    await colleague.device.pull();
    await colleague.make('vital', patient);
    await colleague.push();
    await server.settled();
    await tablet.device.pull();
    expect(await tablet.push()).toEqual([]);
    aheadMs += HOUR;
    await tablet.edit(appointment._id, { status: 'cancelled' }, 8.5 * HOUR);
    expect(await tablet.push()).toEqual(['dated_back']);
  });

  it('is held of a tablet with RxDB, by what it sent of that type', async () => {
    const { principal, ...login } = await loginStaff(server.api, 'doctorNorth');
    const author = { login: { principal, ...login }, at: (agoMs: number) => authored(principal, nowMs() - agoMs) };
    const write = async (document: Doc, type: string) => {
      const response = await syncRequest(author.login, 'POST', `/${type}/_bulk_docs`, {
        docs: [{ ...document, _deleted: false }],
      });
      const [row] = (await response.json()) as [{ rev?: string; error?: string }];
      return row;
    };
    const patient = newPatient(principal, author.at(400 * DAY));
    const old = newDocument('record', patient, principal, author.at(300 * DAY));
    await write(patient, 'patient');
    const { rev } = await write(old, 'record');
    const edit = {
      ...old,
      _rev: rev,
      diagnosis: 'Nothing',
      updatedAt: new Date(nowMs() - 300 * DAY + HOUR).toISOString(),
    };
    await write(newDocument('vital', patient, principal, author.at(0)), 'vital');
    await write(newDocument('record', patient, principal, author.at(MINUTE)), 'record');
    expect(await write(edit, 'record')).toMatchObject({ error: 'conflict' });
    expect(await heldOf(old._id)).toMatchObject([{ code: 'dated_back' }]);
  });
});

describe('a change that is not held', () => {
  it('was made in time and came months later, in more than one batch, on a bad line', async () => {
    const tablet = await Tablet.of();
    const patient = await tablet.patient();
    const records = await Promise.all(Array.from({ length: 150 }, () => tablet.make('record', patient)));
    expect(await tablet.push()).toEqual([]);
    aheadMs += HOUR;
    for (const { _id } of records) await tablet.edit(_id, { notes: 'Corrected in time' });
    aheadMs += 90 * DAY;
    await tablet.pushOneBatch();
    await tablet.push();
    expect(tablet.device.denied).toEqual([]);
    for (const { _id } of records) expect(await bodyOf(_id)).toMatchObject({ notes: 'Corrected in time' });
  });

  it('was made with a clock that is days behind, and always was', async () => {
    const tablet = await Tablet.of({ clockMs: -10 * DAY });
    const patient = await tablet.patient();
    await tablet.push();
    for (let hour = 0; hour < 30; hour += 6) {
      const record = await tablet.make('record', patient);
      expect(await tablet.push()).toEqual([]);
      aheadMs += 6 * HOUR;
      await tablet.edit(record._id, { notes: 'Corrected in time' });
      expect(await tablet.push()).toEqual([]);
    }
    expect(tablet.device.denied).toEqual([]);
  });

  it('is allowed whenever it is made, whatever it says', async () => {
    const tablet = await Tablet.of();
    const patient = await tablet.patient(50 * DAY);
    await tablet.make('vital', patient);
    expect(await tablet.push()).toEqual([]);
    await tablet.edit(patient._id, { lastName: 'Lovelace' }, 49 * DAY);
    expect(await tablet.push()).toEqual([]);
  });
});
