/** The ways in which documents come into the network: online, by a tablet, and from the server itself. */

import { PATHS } from '../../server/api/resources.ts';
import type { Core } from '../../server/documents/core.ts';
import type { DocumentType } from '../../shared-schemas/document-types.ts';
import type { Role } from '../../shared-schemas/roles.ts';
import type { Answer } from '../support/api-client.ts';
import { authored, edited } from '../support/network.ts';
import type { Random } from '../support/random.ts';
import { type Content, instant, newContent, withChange } from './generated-content.ts';
import type { Doc } from './rest-device.ts';
import type { Person } from './rest-people.ts';
import { happens } from './seeded-random.ts';

/** A document that does not exist yet: its id, its type, and what belongs to the type. */
export interface NewDocument {
  readonly _id: string;
  readonly type: DocumentType;
  readonly patientId?: string;
  readonly clinicIds?: unknown;
  readonly content: Content;
}

export interface Way {
  readonly name: string;
  readonly role: Role;
  readonly userId: string;
  readonly clinicId: string | undefined;
  /** As whoever writes this way sees it before the change. */
  read(id: string): Promise<Doc | undefined>;
  create(document: NewDocument): Promise<void>;
  change(before: Doc, change: Content): Promise<void>;
  remove(before: Doc): Promise<void>;
  /** Documents that are not as they should be right after the writes. */
  finish(): Promise<string[]>;
}

export type Count = (what: string) => void;

const pathOf = (type: unknown, id?: string): string =>
  `/api/${PATHS[type as DocumentType]}${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;

/** Whether an online list shows the document, and at which revision. */
async function listedRev({ api }: Person, { _id, type, patientId }: Doc) {
  const only = patientId === undefined ? '' : `&patientId=${String(patientId)}`;
  const { items } = await api.ok<{ items: Doc[] }>('GET', `${pathOf(type)}?limit=500${only}`);
  return items.find((item) => item._id === _id)?._rev;
}

/** Whether who works for a clinic goes on seeing a document that they wrote. */
function seesOwn({ role, login }: Person, document: Content): boolean {
  if (role === 'nurse' && document.type === 'record' && document.confidential === true) return false;
  const { clinicId } = login.principal;
  return clinicId === undefined || document.patientId === undefined || isAt(document, clinicId);
}

const isAt = ({ clinicIds }: Content, clinic: string): boolean => (clinicIds as string[]).includes(clinic);

/** Online: every accepted write must be in the very next list. */
export class RestWay implements Way {
  readonly name = 'rest';
  readonly #person: Person;
  readonly #random: Random;
  readonly #count: Count;
  readonly #faults: string[] = [];

  constructor(person: Person, random: Random, count: Count) {
    this.#person = person;
    this.#random = random;
    this.#count = count;
  }

  get role(): Role {
    return this.#person.role;
  }

  get userId(): string {
    return this.#person.userId;
  }

  get clinicId(): string | undefined {
    return this.#person.login.principal.clinicId;
  }

  async read(id: string): Promise<Doc | undefined> {
    const { status, body } = await this.#person.api.request<Doc>('GET', pathOf(id.split(':')[1], id));
    return status === 200 ? body : undefined;
  }

  async create({ _id, type, patientId, content }: NewDocument): Promise<void> {
    const mine = happens(this.#random, 30) ? { createdAt: instant(this.#random, -9, -1) } : {};
    const body = { _id, ...(patientId !== undefined && { patientId }), ...mine, ...content };
    if (type === 'record' && happens(this.#random, 30)) await this.#createVisit(body);
    else await this.#written('create', await this.#person.api.request<Doc>('POST', pathOf(type), body));
  }

  /** The record with what was measured, in one request. */
  async #createVisit({ patientId, ...record }: Content): Promise<void> {
    const body = { patientId, record, vitals: [newContent('vital', this.#random)] };
    const answer = await this.#person.api.request<{ record?: Doc } & Doc>('POST', '/api/visits', body);
    await this.#written('visit', { ...answer, body: answer.body.record ?? answer.body });
  }

  async change(before: Doc, change: Content): Promise<void> {
    const { api } = this.#person;
    const path = pathOf(before.type, before._id);
    const action = { filled: 'fill', pending: 'unfill', performed: 'perform' }[String(change.status)];
    if (action !== undefined && happens(this.#random, 50)) {
      await this.#written(action, await api.request<Doc>('POST', `${path}/${action}`));
    } else if (happens(this.#random, 50)) {
      await this.#written('put', await api.request<Doc>('PUT', path, withChange(before, change)));
    } else {
      const nulls = Object.entries(change).map(([field, value]) => [field, value ?? null]);
      await this.#written('patch', await api.request<Doc>('PATCH', path, Object.fromEntries(nulls)));
    }
  }

  async remove(before: Doc): Promise<void> {
    const headers = { 'if-match': `"${before._rev}"` };
    const path = pathOf(before.type, before._id);
    const { status, body } = await this.#person.api.request('DELETE', path, undefined, headers);
    this.#count(`rest delete ${status === 204 ? 'stored' : String(body.code)}`);
    if (status === 204 && (await listedRev(this.#person, before)) !== undefined)
      this.#faults.push(`${before._id} was deleted by ${this.#person.name} and is listed`);
  }

  finish(): Promise<string[]> {
    return Promise.resolve(this.#faults);
  }

  async #written(what: string, { status, body }: Answer<Doc>): Promise<void> {
    const stored = status === 200 || status === 201;
    this.#count(`rest ${what} ${stored ? 'stored' : String(body.reason ?? body.code)}`);
    if (!stored) return;
    const rev = await listedRev(this.#person, body);
    const wanted = seesOwn(this.#person, body) ? body._rev : undefined;
    if (rev !== wanted)
      this.#faults.push(`${body._id} was stored by ${this.#person.name} at ${String(wanted)}, and is listed at ${rev}`);
  }
}

/** A tablet, which may have been offline for days: what it holds when it has pushed is what is read online. */
export class TabletWay implements Way {
  readonly name = 'tablet';
  readonly #person: Person;
  readonly #random: Random;
  readonly #count: Count;
  readonly #touched = new Map<string, unknown>();

  constructor(person: Person, random: Random, count: Count) {
    this.#person = person;
    this.#random = random;
    this.#count = count;
  }

  get role(): Role {
    return this.#person.role;
  }

  get userId(): string {
    return this.#person.userId;
  }

  get clinicId(): string | undefined {
    return this.#person.login.principal.clinicId;
  }

  read(id: string): Promise<Doc | undefined> {
    return this.#person.tablet.find(id);
  }

  async create({ content, ...document }: NewDocument): Promise<void> {
    const createdAt = happens(this.#random, 50) ? instant(this.#random, -9, -1) : new Date().toISOString();
    const author = authored(this.#person.login.principal, Date.parse(createdAt));
    await this.#put({ ...document, ...author, createdAt, updatedAt: createdAt, ...content });
  }

  async change({ formerClinicIds: _, ...before }: Doc, change: Content): Promise<void> {
    const by = edited(this.#person.login.principal);
    // An author's own edit on the day it was written, that comes in late.
    const soon = Math.max(Date.parse(String(before.createdAt)) + 60_000, Date.parse(String(before.updatedAt)));
    const updatedAt = happens(this.#random, 60) && soon < Date.now() ? new Date(soon).toISOString() : by.updatedAt;
    await this.#put({ ...withChange(before, change), ...by, updatedAt, _id: before._id });
  }

  async remove(before: Doc): Promise<void> {
    this.#touched.set(before._id, before.type);
    await this.#person.tablet.remove(before);
  }

  async finish(): Promise<string[]> {
    const { tablet, name } = this.#person;
    await tablet.sync();
    const denied = tablet.denied();
    const faults: string[] = [];
    for (const [id, type] of this.#touched) {
      this.#count(`tablet ${denied.has(id) ? 'denied' : 'stored'}`);
      if (denied.has(id)) continue;
      const held = await tablet.find(id);
      const online = await this.#person.api.request<Doc>('GET', pathOf(type, id));
      if (online.status === 200 ? online.body._rev !== held?._rev : held !== undefined)
        faults.push(`${id} is held by ${name} at ${String(held?._rev)}, and online it is ${online.body._rev}`);
      else if (held && (await listedRev(this.#person, held)) !== held._rev)
        faults.push(`${id} was pushed by ${name}, and is not listed`);
    }
    return faults;
  }

  async #put(document: Content & { readonly _id: string }): Promise<void> {
    this.#touched.set(document._id, document.type);
    await this.#person.tablet.put(document);
  }
}

/** What the server vouches for, an import for example. It deletes nothing. */
export class TrustedWay implements Way {
  readonly name = 'trusted';
  readonly role = 'admin';
  readonly clinicId = undefined;
  readonly #core: Pick<Core, 'primary' | 'writePath'>;
  readonly #author: Person;
  readonly #random: Random;
  readonly #count: Count;

  /** `author`: who wrote the documents where they come from. */
  constructor(core: Pick<Core, 'primary' | 'writePath'>, author: Person, random: Random, count: Count) {
    this.#core = core;
    this.#author = author;
    this.#random = random;
    this.#count = count;
  }

  get userId(): string {
    return this.#author.userId;
  }

  async read(id: string): Promise<Doc | undefined> {
    const [row] = await this.#core.primary.winners([id]);
    return row && { ...row.body, _id: row.id, _rev: row.rev };
  }

  async create({ _id, content, ...document }: NewDocument): Promise<void> {
    const createdAt = instant(this.#random, -9, -1);
    const { deviceId: _, ...author } = authored(this.#author.login.principal);
    await this.#put(_id, { ...document, ...author, createdAt, updatedAt: createdAt, ...content });
  }

  async change({ _id, _rev, formerClinicIds: _, ...before }: Doc, change: Content): Promise<void> {
    await this.#put(_id, {
      ...withChange(before, change),
      updatedAt: new Date().toISOString(),
      updatedBy: this.userId,
    });
  }

  async remove(before: Doc): Promise<void> {
    await this.change(before, {});
  }

  finish(): Promise<string[]> {
    return Promise.resolve([]);
  }

  async #put(id: string, body: Content): Promise<void> {
    await this.#core.writePath.putTrusted([{ id, body }]);
    this.#count('trusted stored');
  }
}
