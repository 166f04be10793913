/** Tablets whose writes are refused, for the page of held writes. */
import type { ApiNetwork } from '../api/api-network.ts';
import { type ClinicalType, edited, newDocument, newPatient, type StaffName } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';

export const HELD = '/api/admin/held-writes';

export interface SharedDocument {
  readonly _id: string;
  readonly patientId: string;
  readonly [field: string]: unknown;
}

export class HeldStage {
  readonly network: ApiNetwork;

  constructor(network: ApiNetwork) {
    this.network = network;
  }

  tablet(name: StaffName): PouchDevice {
    return new PouchDevice(this.network.login(name));
  }

  author(name: StaffName) {
    return this.network.login(name).principal;
  }

  /** A document of a new patient, of the northern doctor's, on a tablet of hers and on the server. */
  async shared(type: ClinicalType, more: Record<string, unknown> = {}) {
    const doctor = this.tablet('doctorNorth');
    const patient = newPatient(this.author('doctorNorth'));
    const document: SharedDocument = newDocument(type, patient, this.author('doctorNorth'), more);
    for (const one of [patient, document]) await doctor.put(one);
    await doctor.sync();
    return { doctor, patient, document };
  }

  /** Somebody who may not edits it on a tablet, which sends it; answers the tablet and the entry. */
  async refusedEdit(id: string, change: Record<string, unknown>, name: StaffName = 'nurseNorth') {
    const tablet = this.tablet(name);
    await tablet.pull();
    await tablet.put({ ...(await tablet.get(id)), ...change, ...edited(this.author(name)) });
    await tablet.push();
    return { tablet, entry: await this.entryOf(id) };
  }

  /** Somebody who may not deletes it on a tablet; answers the entry. */
  async refusedDeletion(id: string) {
    const tablet = this.tablet('nurseNorth');
    await tablet.pull();
    await tablet.put({ ...(await tablet.get(id)), _deleted: true });
    await tablet.push();
    return this.entryOf(id);
  }

  /** The newest entry of a document. */
  async entryOf(documentId: string): Promise<{ id: string; code: string }> {
    const patientId = documentId.split(':')[0];
    const { items } = await this.network.server.admin.ok<{ items: { id: string; code: string; documentId: string }[] }>(
      'GET',
      `${HELD}?state=all&limit=500&patientId=${patientId}`,
    );
    const found = items.find((item) => item.documentId === documentId);
    if (!found) throw new Error(`nothing of ${documentId} is held`);
    return found;
  }

  async stored(documentId: string): Promise<Record<string, unknown> | undefined> {
    const [winner] = await this.network.server.core.primary.winners([documentId]);
    return winner?.body;
  }

  /** So many refusals of one document, as after months offline: kept as the server keeps each. */
  async manyHeld(count: number) {
    const { patient, ids } = await this.faultyVitals(1);
    const { id } = await this.entryOf(ids[0] ?? '');
    const { held } = this.network.server.core;
    const entry = await held.get(id);
    if (!entry) throw new Error('it is held');
    const heldMs = Date.parse(entry.write.heldAt);
    const others = Array.from({ length: count - 1 }, (_, n) => ({
      ...entry.write,
      rev: `1-${String(n).padStart(32, '0')}`,
      heldAt: new Date(heldMs - (n + 1) * 1_000).toISOString(),
    }));
    await held.keep(others);
    return { patient };
  }

  /** New vital signs with a value that is none, so many. */
  async faultyVitals(count: number) {
    const { doctor, patient } = await this.shared('vital');
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      const faulty = newDocument('vital', patient, this.author('doctorNorth'), { heartRatePerMinute: `bad ${n}` });
      await doctor.put(faulty);
      await doctor.push();
      ids.push(faulty._id);
    }
    return { doctor, patient, ids };
  }
}
