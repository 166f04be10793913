/** Plays a generated history on a real core: devices with old copies, imports, and writes that only the projector sees. */

import { createHash } from 'node:crypto';
import type { Core } from '../../server/documents/core.ts';
import { asDocument, storedBody, withFormerClinics } from '../../server/documents/write/document-policy.ts';
import type { Outcome } from '../../server/documents/write/outcome.ts';
import { childRevision, winnerOf } from '../../server/store/revisions.ts';
import type { Database, StoredRevision } from '../../server/store/store.ts';
import { type DocumentType, isReferenceType } from '../../shared-schemas/document-types.ts';
import { clinicDocId, parseId, patientDocId } from '../../shared-schemas/ids.ts';
import type { Role } from '../../shared-schemas/roles.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import { databasesOfPrincipal, patientDatabase, type RoleDatabase } from '../../sync-rules/role-database.ts';
import { CONTENT as SAMPLES } from '../sync-rules/cases.ts';
import { type Batch, CLINICS, type Clinic, type Operation } from './scenario.ts';

type Body = Readonly<Record<string, unknown>>;

const START_MS = Date.parse('2026-03-02T08:00:00.000Z');

const STAFF: readonly Principal[] = [
  { userId: 'uadmin', role: 'admin' },
  ...CLINICS.flatMap((clinicId) =>
    (['doctor', 'nurse', 'pharmacist'] as const).map((role) => ({ userId: `u${role}${clinicId}`, role, clinicId })),
  ),
  // Works at two clinics, with a session for each.
  { userId: 'udoctornorth', role: 'doctor', clinicId: 'south' },
  { userId: 'unursenorth', role: 'nurse', clinicId: 'east' },
];

/** What a device sent, and what became of it. */
export interface Sent {
  readonly by: Principal;
  readonly row: StoredRevision;
  readonly outcome: Outcome;
}

const CONTENT: Readonly<Record<DocumentType, Body>> = {
  ...SAMPLES,
  vaccine: { name: 'Influenza', administeredAt: '2026-03-01T10:00:00.000Z' },
  vital: { measuredAt: '2026-03-01T10:00:00.000Z', heartRatePerMinute: 72 },
  appointment: { startsAt: '2026-03-04T10:00:00.000Z', status: 'scheduled' },
  clinic: { name: 'A clinic' },
  staff: { ...SAMPLES.staff, userId: 'udoctornorth' },
};
const ANY_TYPE = Object.keys(CONTENT).filter((type) => type !== 'clinic') as readonly DocumentType[];
/** What a role makes most of the time; now and then someone makes what they may not. */
const USUAL_TYPES: Readonly<Record<Role, readonly DocumentType[]>> = {
  admin: ANY_TYPE,
  doctor: ['patient', 'record', 'prescription', 'record', 'procedure', 'prescription', 'vaccine', 'appointment'],
  nurse: ['patient', 'record', 'vital', 'record', 'vaccine', 'appointment'],
  pharmacist: ['drug'],
  patient: ['patient'],
};
/** What a role changes most of the time. */
const CHANGED_TYPES: Readonly<Record<Role, readonly DocumentType[]>> = {
  admin: ANY_TYPE,
  doctor: ['patient', 'record', 'prescription', 'procedure', 'vaccine', 'vital', 'appointment', 'staff'],
  nurse: ['patient', 'record', 'vaccine', 'vital', 'appointment'],
  pharmacist: ['drug', 'prescription'],
  patient: ['patient'],
};
/** What an action is about. */
const SUITABLE: Partial<Record<Operation['action'], readonly DocumentType[]>> = {
  transfer: ['patient'],
  confidential: ['record'],
  status: ['prescription', 'procedure'],
  delete: ['record', 'prescription', 'vaccine', 'vital'],
};

/** A field that someone changes, for each type; the second is the one a pharmacist or patient may change. */
const TEXT_FIELDS: Readonly<Record<DocumentType, readonly [string, string]>> = {
  patient: ['staffNotes', 'address'],
  record: ['notes', 'diagnosis'],
  prescription: ['notes', 'dispenseNotes'],
  procedure: ['description', 'performNotes'],
  vaccine: ['notes', 'site'],
  vital: ['notes', 'notes'],
  appointment: ['notes', 'reason'],
  drug: ['notes', 'form'],
  clinic: ['address', 'name'],
  staff: ['workPhone', 'privatePhone'],
};

const STATES = { prescription: ['pending', 'filled'], procedure: ['planned', 'performed'] } as const;

export class NetworkSimulation {
  readonly sent: Sent[] = [];
  readonly #core: () => Core;
  readonly #devices = new Map<string, Map<string, StoredRevision>>();
  readonly #ids: string[] = [];
  #nowMs = START_MS;
  #made = 0;
  #patients = 0;

  /** `core` is asked for at every step: a run may stop the server and start another. */
  constructor(core: () => Core) {
    this.#core = core;
  }

  readonly nowMs = (): number => this.#nowMs;

  async begin(): Promise<void> {
    const clinics = CLINICS.map((slug) => ({
      id: clinicDocId(slug),
      body: { type: 'clinic', slug, ...CONTENT.clinic, ...this.#authorship('uadmin') },
    }));
    await this.#core().writePath.putTrusted(clinics);
  }

  async play(batch: Batch): Promise<void> {
    this.#nowMs += batch.minutesLater * 60_000;
    const [first, second] = [await this.#actor(batch.actors[0]), await this.#actor(batch.actors[1])];
    switch (batch.via) {
      case 'push':
        await this.#push(first, batch.operations);
        break;
      case 'pushBoth': {
        const middle = Math.ceil(batch.operations.length / 2);
        const firstDone = this.#push(first, batch.operations.slice(0, middle));
        // One device replicates once at a time: what it wrote first arrives first.
        if (this.#device(first) === this.#device(second)) await firstDone;
        await Promise.all([firstDone, this.#push(second, batch.operations.slice(middle))]);
        break;
      }
      case 'trusted':
        await this.#putTrusted(batch.operations);
        break;
      case 'behind':
        await this.#writeBehind(batch.operations);
        break;
    }
    if (batch.account !== undefined) await this.#openAccount(batch.account);
    if (batch.pulls) for (const principal of [first, second]) await this.#pull(principal);
  }

  /** Mostly someone who works where one of the last patients is. */
  async #actor(choice: number): Promise<Principal> {
    const patients = this.#patientIds();
    const patientId = patients.at(-1 - (choice % 3));
    const at = Math.floor(choice / 8);
    if (patientId === undefined || choice % 8 < 2) return STAFF[at % STAFF.length] as Principal;
    if (choice % 8 === 2) return { userId: `u${patientId}`, role: 'patient', patientId };
    const clinics = ((await this.#leafOf(patientDocId(patientId)))?.body.clinicIds ?? CLINICS) as readonly string[];
    const there = STAFF.filter(({ clinicId = '' }) => clinics.includes(clinicId));
    return (there[at % there.length] ?? STAFF[0]) as Principal;
  }

  #patientIds(): string[] {
    return this.#ids.filter((id) => parseId(id)?.type === 'patient').flatMap((id) => parseId(id)?.patientId ?? []);
  }

  /** Before the patient's documents exist, where the choice is so, or after. */
  async #openAccount(choice: number): Promise<void> {
    const known = this.#patientIds();
    const patientId =
      choice % 3 === 0 ? this.#patientIdOf(this.#patients + (choice % 2)) : known[choice % known.length];
    if (patientId === undefined) return;
    const database = patientDatabase(patientId);
    const { roleDatabases, rebuild } = this.#core();
    if (roleDatabases.get(database.name)) return;
    await roleDatabases.register(database);
    await rebuild.fillPatient({ database });
  }

  #device({ userId, clinicId = '' }: Principal): Map<string, StoredRevision> {
    const key = `${userId}@${clinicId}`;
    const device = this.#devices.get(key) ?? new Map<string, StoredRevision>();
    this.#devices.set(key, device);
    return device;
  }

  async #sources(principal: Principal): Promise<Database[]> {
    if (principal.role === 'admin') return [this.#core().primary];
    const names = databasesOfPrincipal(principal).map(({ name }) => name);
    const serving = await Promise.all(names.map((name) => this.#core().roleDatabases.serving(name)));
    return serving.filter((database) => database !== undefined);
  }

  async #pull(principal: Principal): Promise<void> {
    const device = this.#device(principal);
    device.clear();
    for (const source of await this.#sources(principal)) {
      for (const [id, leaves] of await source.leaves(this.#ids)) {
        const winner = winnerOf(leaves);
        if (winner) device.set(id, winner);
      }
    }
  }

  /** What the role database shows of a document now: one of its leaves. */
  async #fresh(principal: Principal, id: string, choice: number): Promise<StoredRevision | undefined> {
    for (const source of await this.#sources(principal)) {
      const leaves = (await source.leaves([id])).get(id) ?? [];
      if (leaves.length > 0) return leaves[choice % leaves.length];
    }
    return undefined;
  }

  async #push(by: Principal, operations: readonly Operation[]): Promise<void> {
    const rows: StoredRevision[] = [];
    const device = this.#device(by);
    for (const operation of operations) {
      const row = await this.#row(by, operation);
      if (!row) continue;
      rows.push(row);
      // The device goes on from what it wrote, whatever the server says to it.
      device.set(row.id, row);
    }
    for (const [seenIn, part] of this.#byDatabase(by, rows)) {
      const outcomes = await this.#core().writePath.push(by, part, { seenIn });
      part.forEach((row, i) => {
        const outcome = outcomes[i];
        if (outcome) this.sent.push({ by, row, outcome });
      });
    }
  }

  /** A device replicates with one role database at a time. */
  #byDatabase(by: Principal, rows: readonly StoredRevision[]): [RoleDatabase | undefined, StoredRevision[]][] {
    if (by.role === 'admin') return [[undefined, [...rows]]];
    const isReference = ({ id }: StoredRevision) => id.split(':')[0] === id.split(':')[1];
    return databasesOfPrincipal(by)
      .map((database): [RoleDatabase, StoredRevision[]] => [
        database,
        rows.filter((row) => isReference(row) === (database.role === 'reference')),
      ])
      .filter(([, part]) => part.length > 0);
  }

  async #row(by: Principal, operation: Operation): Promise<StoredRevision | undefined> {
    const device = this.#device(by);
    if (operation.action === 'create') return this.#creation(by, operation);
    const id = operation.forged
      ? this.#ids[operation.document % this.#ids.length]
      : await this.#ownDocument(by, operation);
    if (id === undefined) return by.role === 'patient' ? undefined : this.#creation(by, operation);
    const copy = operation.stale ? device.get(id) : undefined;
    const base = copy ?? (await this.#fresh(by, id, operation.value)) ?? (await this.#leafOf(id));
    if (!base) return undefined;
    const deleted = operation.action === 'delete';
    if (base.deleted && !deleted && operation.action !== 'return') return undefined;
    const before = base.deleted ? ((await this.#lastBody(base)) ?? {}) : base.body;
    return revision(base, deleted ? {} : this.#changed(by, id, before, operation), deleted, operation.padded);
  }

  /** A document that the device has, or could pull; mostly of a type that the action is about. */
  async #ownDocument(by: Principal, { action, document: choice, value }: Operation): Promise<string | undefined> {
    const usual = SUITABLE[action] ?? CHANGED_TYPES[by.role];
    const suits = (id: string) => value === 0 || usual.includes(parseId(id)?.type ?? 'clinic');
    const held = [...this.#device(by).keys()].filter(suits);
    if (held.length > 0 && choice % 3 > 0) return held[choice % held.length];
    // What is changed again and again is where conflicts are.
    const recent = this.#ids.filter(suits).slice(-20);
    const start = choice % Math.max(1, recent.length);
    for (const id of [...recent.slice(start), ...recent.slice(0, start)]) {
      const leaf = await this.#fresh(by, id, choice);
      if (leaf && !leaf.deleted) return id;
    }
    return undefined;
  }

  async #leafOf(id: string): Promise<StoredRevision | undefined> {
    return (await this.#core().primary.leaves([id])).get(id)?.[0];
  }

  /** What a document was before it was deleted, as whoever brings it back may remember it. */
  async #lastBody({ id, ancestry }: StoredRevision): Promise<Body | undefined> {
    for (const rev of ancestry.slice(1)) {
      const body = await this.#core().history.body(id, rev);
      if (body) return Object.fromEntries(Object.entries(body).filter(([field]) => field !== 'formerClinicIds'));
    }
    return undefined;
  }

  async #creation(by: Principal, { document, value, clinics, stale }: Operation): Promise<StoredRevision> {
    const { id, body } = await this.#newDocument(by, document, value, clinics);
    // Two devices that make the same document: only ids that are not random can meet, a patient's for one.
    if (stale && value % 4 === 0) return revision(undefined, body, false, false, id, `${by.userId}${this.#made}`);
    return revision(undefined, body, false, false, id);
  }

  async #newDocument(by: Principal, choice: number, value: number, clinics: readonly Clinic[]) {
    const type = typeFor(by, value, choice);
    const patientId = await this.#patientFor(by, choice, value);
    const fields = { ...CONTENT[type], ...this.#authorship(by.userId) };
    if (type === 'drug' || type === 'staff') {
      const id = `${type}:${type}:${this.#ulid()}`;
      this.#ids.push(id);
      return { id, body: { type, ...fields } };
    }
    if (type === 'patient' || patientId === undefined) {
      const fresh = this.#patientIdOf(this.#patients++);
      const id = patientDocId(fresh);
      this.#ids.push(id);
      const clinicIds = by.clinicId ? [...new Set([by.clinicId, ...clinics.slice(1)])] : [...clinics];
      return {
        id,
        body: {
          type: 'patient',
          patientId: fresh,
          clinicIds,
          ...CONTENT.patient,
          ...this.#authorship(by.userId),
        },
      };
    }
    const id = `${patientId}:${type}:${this.#ulid()}`;
    const patient =
      (await this.#fresh(by, patientDocId(patientId), 0)) ?? (await this.#leafOf(patientDocId(patientId)));
    this.#ids.push(id);
    const confidential = type === 'record' && choice % 3 === 0 ? { confidential: true } : {};
    const clinicIds = patient?.body.clinicIds ?? [by.clinicId ?? 'north'];
    return { id, body: { type, patientId, clinicIds, ...fields, ...confidential } };
  }

  /** One of the last patients that the writer sees; now and then one of the last, seen or not. */
  async #patientFor(by: Principal, choice: number, value: number): Promise<string | undefined> {
    const recent = this.#patientIds().slice(-4);
    const start = choice % Math.max(1, recent.length);
    const inTurn = [...recent.slice(start), ...recent.slice(0, start)];
    if (value === 11) return inTurn[0];
    for (const patientId of inTurn) {
      const leaf = await this.#fresh(by, patientDocId(patientId), choice);
      if (leaf && !leaf.deleted) return patientId;
    }
    return undefined;
  }

  #changed(by: Principal, id: string, before: Body, { action, value, clinics }: Operation): Body {
    const type = parseId(id)?.type ?? 'patient';
    const now = new Date(Math.max(this.#nowMs, Date.parse(String(before.updatedAt ?? 0)))).toISOString();
    const edited = { ...before, updatedAt: now, updatedBy: by.userId, deviceId: `d${by.userId}` };
    const [own, restricted] = TEXT_FIELDS[type];
    const field = by.role === 'pharmacist' || by.role === 'patient' ? restricted : own;
    const text = { [field]: `${value}` };
    switch (action) {
      case 'transfer':
        return isReferenceType(type) ? { ...edited, ...text } : { ...edited, clinicIds: [...clinics] };
      case 'confidential':
        return type === 'record' ? { ...edited, confidential: before.confidential !== true } : { ...edited, ...text };
      case 'status':
        return type === 'prescription' || type === 'procedure'
          ? withStatus(type, edited, by, now)
          : { ...edited, ...text };
      case 'invalid':
        return { ...edited, schemaVersion: 'one' };
      case 'impersonate':
        return { ...edited, ...text, updatedBy: 'usomeone' };
      case 'future':
        return { ...edited, ...text, updatedAt: new Date(this.#nowMs + 301_000).toISOString() };
      default:
        return { ...edited, ...text };
    }
  }

  async #putTrusted(operations: readonly Operation[]): Promise<void> {
    const admin = STAFF[0] as Principal;
    const documents: { id: string; body: Body }[] = [];
    for (const operation of operations) {
      const id = this.#ids[operation.document % Math.max(1, this.#ids.length)];
      const leaf = id === undefined ? undefined : await this.#leafOf(id);
      if (operation.action === 'create' || !leaf || leaf.deleted) {
        documents.push(await this.#newDocument(admin, operation.document, operation.value, operation.clinics));
      } else {
        // What an import writes knows nothing of where the server has seen the document.
        const { formerClinicIds: _, ...body } = this.#changed(admin, leaf.id, leaf.body, operation);
        documents.push({ id: leaf.id, body });
      }
    }
    await this.#core().writePath.putTrusted(documents);
  }

  /** A revision beside a leaf, or on top of it, in the primary and nowhere else. */
  async #writeBehind(operations: readonly Operation[]): Promise<void> {
    const { primary, projector } = this.#core();
    const admin = STAFF[0] as Principal;
    for (const operation of operations) {
      const id = this.#ids.at(-1 - (operation.document % Math.max(1, Math.min(20, this.#ids.length))));
      const leaf = id === undefined ? undefined : await this.#leafOf(id);
      if (!leaf || leaf.deleted) continue;
      const [parent = leaf] = operation.stale
        ? await primary.revisions([{ id: leaf.id, rev: leaf.ancestry[1] ?? '' }])
        : [];
      const base = parent.deleted ? leaf : parent;
      const type = parseId(base.id)?.type;
      // No server accepts a move of anything but the patient.
      const allowed = operation.action === 'transfer' && type !== 'patient' ? 'edit' : operation.action;
      const deleted = allowed === 'delete';
      const wrong = allowed === 'invalid' || allowed === 'impersonate' || allowed === 'future';
      const body = this.#changed(admin, base.id, base.body, { ...operation, action: wrong ? 'edit' : allowed });
      const routed = withFormerClinics(asDocument(base.id, body), [base]);
      await primary.write([revision(base, storedBody(routed), deleted, operation.padded)]);
    }
    await projector.catchUp();
  }

  #authorship(userId: string) {
    const now = new Date(this.#nowMs).toISOString();
    return { schemaVersion: 1, createdAt: now, createdBy: userId, updatedAt: now, updatedBy: userId };
  }

  #ulid(): string {
    return `01h${String(++this.#made).padStart(23, '0')}`;
  }

  #patientIdOf(count: number): string {
    return `p01h${String(count).padStart(23, '0')}`;
  }
}

function typeFor({ role }: Principal, value: number, choice: number): DocumentType {
  const types = value === 10 ? ANY_TYPE : USUAL_TYPES[role];
  return types[choice % types.length] as DocumentType;
}

function withStatus(type: 'prescription' | 'procedure', body: Body, { userId }: Principal, now: string): Body {
  const [open, done] = STATES[type];
  const { filledBy, filledAt, performedBy, performedAt, ...rest } = body;
  if (body.status === done) return { ...rest, status: open };
  return type === 'prescription'
    ? { ...rest, status: done, filledBy: userId, filledAt: now }
    : { ...rest, status: done, performedBy: userId, performedAt: now };
}

/** A revision as a client makes it. A padded one claims nine generations in between that no one has seen. */
function revision(
  parent: StoredRevision | undefined,
  body: Body,
  deleted: boolean,
  padded: boolean,
  id = parent?.id ?? '',
  purpose = '',
): StoredRevision {
  const child = childRevision(parent, id, body, { deleted, purpose });
  if (!padded) return child;
  const generation = Number.parseInt(child.rev, 10);
  const hash = (n: number) => createHash('md5').update(`${child.rev} ${n}`).digest('hex');
  const invented = Array.from({ length: 9 }, (_, i) => `${generation + 8 - i}-${hash(i)}`);
  const rev = `${generation + 9}-${hash(9)}`;
  return { ...child, rev, ancestry: [rev, ...invented, ...child.ancestry.slice(1)] };
}
