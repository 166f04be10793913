/** Random writes to a small network, by everyone and in every way that there is. */
import { type DocumentType, isReferenceType, PATIENT_BOUND_TYPES } from '../../shared-schemas/document-types.ts';
import { clinicDocId, parseId, patientDocId } from '../../shared-schemas/ids.ts';
import type { Role } from '../../shared-schemas/roles.ts';
import type { Random } from '../support/random.ts';
import type { TestServer } from '../support/test-server.ts';
import { CLINICS, newChange, newContent } from './generated-content.ts';
import type { Person } from './rest-people.ts';
import { RestWay, TabletWay, TrustedWay, type Way } from './rest-ways.ts';
import { happens, some } from './seeded-random.ts';

/** What a role makes most of the time; now and then someone makes what they may not. */
const MADE: Readonly<Record<Role, readonly DocumentType[]>> = {
  admin: ['patient', 'record', 'prescription', 'procedure', 'vaccine', 'vital', 'appointment', 'drug', 'staff'],
  doctor: ['patient', 'record', 'record', 'prescription', 'procedure', 'vaccine', 'vital', 'appointment'],
  nurse: ['patient', 'record', 'vaccine', 'vital', 'vital', 'appointment'],
  pharmacist: ['drug'],
  patient: [],
};
const CHANGED: Readonly<Record<Role, readonly DocumentType[]>> = {
  admin: [
    'patient',
    'patient',
    'record',
    'prescription',
    'procedure',
    'appointment',
    'drug',
    'clinic',
    'staff',
    'staff',
  ],
  doctor: ['patient', 'patient', 'record', 'prescription', 'procedure', 'vaccine', 'vital', 'appointment', 'staff'],
  nurse: ['patient', 'patient', 'record', 'procedure', 'vaccine', 'vital', 'appointment', 'staff'],
  pharmacist: ['prescription', 'prescription', 'prescription', 'drug', 'staff'],
  patient: ['patient'],
};
const DELETED: readonly DocumentType[] = ['record', 'prescription', 'procedure', 'vaccine', 'vital', 'drug'];
const TRIES = 12;

export class RandomWrites {
  /** How often each thing was done, and what came of it. */
  readonly counts = new Map<string, number>();
  /** Every document that there ever was, in the order in which they were made. */
  readonly ids: string[] = CLINICS.map(clinicDocId);
  readonly #server: TestServer;
  readonly #random: Random;
  readonly #authors = new Map<string, string>();
  #made = 0;
  #patients = 0;

  constructor(server: TestServer, random: Random) {
    this.#server = server;
    this.#random = random;
  }

  /** The id of the patient that is made as the `n`th, counted from 1. */
  patientId(n: number): string {
    return `p01h${String(n).padStart(23, '0')}`;
  }

  /** Patients with documents of every type, written by the server in the name of the authors. */
  async begin(authors: readonly Person[], patients: number): Promise<void> {
    for (let n = 0; n < patients; n++) {
      const way = this.#trusted(this.#random.pick(authors));
      await this.#create(way, 'patient');
      const patientId = this.patientId(this.#patients);
      for (const type of [...PATIENT_BOUND_TYPES, ...some(this.#random, PATIENT_BOUND_TYPES, 4)])
        if (type !== 'patient') await this.#create(this.#trusted(this.#random.pick(authors)), type, patientId);
    }
    for (let n = 0; n < patients; n++) {
      await this.#create(this.#trusted(this.#random.pick(authors)), 'drug');
      if (n % 3 === 0) await this.#create(this.#trusted(this.#random.pick(authors)), 'staff');
    }
    // The directory entries of accounts are named after them.
    const entries = authors.map(({ userId }) => `staff:staff:${userId.slice(1)}`);
    for (const id of new Set(entries)) if (!this.ids.includes(id)) this.ids.push(id);
  }

  /** So many turns, each of one person in one way. Answers what was not right immediately afterwards. */
  async turns(people: readonly Person[], count: number): Promise<string[]> {
    const faults: string[] = [];
    for (let turn = 0; turn < count; turn++) {
      const way = this.#wayOf(this.#random.pick(people));
      for (let n = this.#random.between(1, 4); n > 0; n--) await this.#act(way);
      faults.push(...(await way.finish()));
    }
    return faults;
  }

  readonly #count = (what: string): void => {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  };

  #wayOf(person: Person): Way {
    if (happens(this.#random, 15)) return this.#trusted(person);
    // An administrator works online.
    return person.role === 'admin' || happens(this.#random, 55)
      ? new RestWay(person, this.#random, this.#count)
      : new TabletWay(person, this.#random, this.#count);
  }

  #trusted(author: Person): Way {
    return new TrustedWay(this.#server.core, author, this.#random, this.#count);
  }

  async #act(way: Way): Promise<void> {
    const made = happens(this.#random, 5) ? MADE.admin : MADE[way.role];
    if (happens(this.#random, 40) && made.length > 0) return await this.#create(way, this.#random.pick(made));
    if (happens(this.#random, 15)) return await this.#remove(way);
    const before = await this.#find(way, CHANGED[way.role], happens(this.#random, 60));
    if (before) await way.change(before, newChange(before, way.role, way.userId, this.#random));
  }

  async #remove(way: Way): Promise<void> {
    const patients = way.role === 'admin' && happens(this.#random, 10);
    const before = await this.#find(way, patients ? ['patient'] : DELETED, happens(this.#random, 90));
    if (before) await way.remove(before);
  }

  /** Some document of one of the types that can be seen this way; their own before those of others, where asked for. */
  async #find(way: Way, types: readonly DocumentType[], ownFirst = false) {
    const type = this.#random.pick(types);
    const suitable = this.ids.filter((id) => parseId(id)?.type === type && !isSomeoneElses(id, way));
    const own = ownFirst ? suitable.filter((id) => this.#authors.get(id) === way.userId) : [];
    for (const id of [...some(this.#random, own, TRIES), ...some(this.#random, suitable, TRIES)]) {
      const found = await way.read(id);
      if (found) return found;
    }
    return undefined;
  }

  async #create(way: Way, type: DocumentType, patientId?: string): Promise<void> {
    const content = newContent(type, this.#random);
    if (isReferenceType(type)) return await way.create({ _id: this.#newId(way, type), type, content });
    if (type === 'patient') {
      const own = this.patientId(++this.#patients);
      const others = some(this.#random, CLINICS, this.#random.between(1, 2));
      const clinicIds = [...new Set([way.clinicId ?? others[0], ...others])];
      const _id = this.#known(way, patientDocId(own));
      return await way.create({ _id, type, patientId: own, clinicIds, content: { ...content, clinicIds } });
    }
    const patient = patientId ? await way.read(patientDocId(patientId)) : await this.#find(way, ['patient']);
    if (!patient) return;
    const { clinicIds } = patient;
    const _id = this.#newId(way, type, String(patient.patientId));
    await way.create({ _id, type, patientId: String(patient.patientId), clinicIds, content });
  }

  #newId(way: Way, type: DocumentType, partition: string = type): string {
    return this.#known(way, `${partition}:${type}:01h${String(++this.#made).padStart(23, '0')}`);
  }

  #known({ userId }: Way, id: string): string {
    this.ids.push(id);
    this.#authors.set(id, userId);
    return id;
  }
}

/** Only an administrator changes the directory entries of others. */
const isSomeoneElses = (id: string, { role, userId }: Way): boolean =>
  role !== 'admin' && parseId(id)?.type === 'staff' && id !== `staff:staff:${userId.slice(1)}`;
