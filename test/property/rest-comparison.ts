/**
 * Compares what one principal reads online with what their device holds.
 *
 * Two differences are meant: one's own staff entry is whole online, and a device has its public fields; and the administrator
 * syncs the reference data only, and is compared with the primary.
 */
import equal from 'fast-deep-equal';
import { PATHS } from '../../server/api/resources.ts';
import type { Core } from '../../server/documents/core.ts';
import {
  DOCUMENT_TYPES,
  type DocumentType,
  isReferenceType,
  PATIENT_BOUND_TYPES,
} from '../../shared-schemas/document-types.ts';
import { parseId } from '../../shared-schemas/ids.ts';
import type { Role } from '../../shared-schemas/roles.ts';
import type { Random } from '../support/random.ts';
import { CLINICS, instant } from './generated-content.ts';
import { SEARCHES } from './generated-text.ts';
import { type AskedList, LISTS, naiveList, naiveTimeline } from './naive-lists.ts';
import type { Device, Doc } from './rest-device.ts';
import { readWhole, withQuery } from './rest-lists.ts';
import type { Person } from './rest-people.ts';
import { happens, some } from './seeded-random.ts';

/** Types of which a role reads nothing at all. */
const CLOSED: Readonly<Record<Role, readonly DocumentType[]>> = {
  admin: [],
  doctor: [],
  nurse: ['prescription'],
  pharmacist: PATIENT_BOUND_TYPES.filter((type) => type !== 'prescription'),
  patient: [],
};
const PRIVATE_STAFF_FIELDS = ['privatePhone', 'privateEmail', 'identityNumber', 'licenceNumber'];

const QUERIES_PER_TYPE = 2;
const OUTSIDE_SAMPLE = 20;
const AT_ONCE = 8;

type Documents = ReadonlyMap<string, Doc>;

/** A withdrawal is marked in the primary, for the projector, and the mark is shown to nobody. */
const withoutMarks = ({ withdrawnFrom: _, ...shown }: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  shown;

/** A list to be read in pages, and what must come. */
interface ListRead {
  readonly path: string;
  readonly wanted: readonly Doc[];
  readonly limit: number;
}

export class RestComparison {
  /** How many of each were compared. */
  readonly counts = {
    documents: 0,
    /** Documents that the reader sees a part of. */
    partly: 0,
    listed: 0,
    lists: 0,
    pages: 0,
    searches: 0,
    timelines: 0,
    closed: 0,
    /** Reads of documents that the reader does not know of. */
    outside: 0,
  };
  /** Types of which at least one document was compared. */
  readonly types = new Set<string>();
  readonly #core: Pick<Core, 'primary'>;
  readonly #ids: readonly string[];
  readonly #random: Random;

  /** `ids`: all that there ever were. */
  constructor(core: Pick<Core, 'primary'>, ids: readonly string[], random: Random) {
    this.#core = core;
    this.#ids = ids;
    this.#random = random;
  }

  /** One line for each difference: ids, addresses and field names. */
  async differences(person: Person): Promise<string[]> {
    const primary = await this.#primary();
    const held = await person.reader.documents();
    const expected = expectedOnline(person, held, primary);
    const found = [
      ...staffDifferences(held, primary),
      ...(await tabletDifferences(person.tablet, held)),
      ...(await this.#closedTypes(person, held, primary)),
    ];
    for (const type of DOCUMENT_TYPES.filter((one) => !CLOSED[person.role].includes(one))) {
      found.push(...(await this.#list(person, expected, type)));
      for (let n = 0; n < QUERIES_PER_TYPE; n++)
        found.push(...(await this.#list(person, expected, type, this.#query(type, expected))));
    }
    found.push(...(await this.#patients(person, expected)));
    found.push(...(await this.#single(person, expected, primary)));
    return found.map((difference) => `${person.name}: ${difference}`);
  }

  async #primary(): Promise<Documents> {
    const rows = await this.#core.primary.range({ limit: 100_000 });
    const documents = rows.filter(({ id }) => parseId(id));
    return new Map(documents.map(({ id, rev, body }) => [id, { ...withoutMarks(body), _id: id, _rev: rev }]));
  }

  /** Every document by itself, and some that they may not know of, or that are no more. */
  async #single({ api, role }: Person, expected: Documents, primary: Documents): Promise<string[]> {
    const found = await inParallel([...expected.values()], async (document) => {
      const { status, body } = await api.request<Doc>('GET', pathTo(document._id));
      this.counts.documents++;
      this.types.add(String(document.type));
      if (hasHiddenFields(document, primary.get(document._id))) this.counts.partly++;
      return status === 200 ? unlike(document, body) : [`${document._id} is held, and reading it is ${status}`];
    });
    const outside = this.#ids.filter((id) => !expected.has(id));
    const read = await inParallel(some(this.#random, outside, OUTSIDE_SAMPLE), async (id) => {
      const { status } = await api.request('GET', pathTo(id));
      this.counts.outside++;
      const wanted = CLOSED[role].some((type) => type === parseId(id)?.type) ? 403 : 404;
      return status === wanted ? [] : [`${id} is not held, and reading it is ${status}, not ${wanted}`];
    });
    return [...found, ...read];
  }

  /** Types that the role never reads: no list, and nothing on the device. */
  async #closedTypes({ api, role }: Person, held: Documents, primary: Documents): Promise<string[]> {
    const patient = [...primary.values()].find(({ type }) => type === 'patient');
    const found = await inParallel(CLOSED[role], async (type) => {
      const nested = type === 'patient' ? 'timeline' : PATHS[type];
      const paths = [`/api/${PATHS[type]}`, `/api/patients/${String(patient?.patientId)}/${nested}`];
      const statuses = await Promise.all(paths.map(async (path) => (await api.request('GET', path)).status));
      this.counts.closed += statuses.length;
      return statuses.every((status) => status === 403) ? [] : [`lists of ${type} are ${statuses.join()}, not 403`];
    });
    const closed = [...held.values()].filter(({ type }) => CLOSED[role].includes(type as DocumentType));
    return [...found, ...closed.map(({ _id }) => `${_id} is held`)];
  }

  async #list({ api }: Person, expected: Documents, type: DocumentType, asked: AskedList = {}): Promise<string[]> {
    if (asked.q !== undefined) this.counts.searches++;
    const path = withQuery(`/api/${PATHS[type]}`, asked);
    return await this.#compareList(api, this.#readOf(path, naiveList(expected.values(), type, asked)));
  }

  /** The timeline of each patient, and a list below it. */
  async #patients({ api, role }: Person, expected: Documents): Promise<string[]> {
    if (CLOSED[role].includes('patient')) return [];
    const open = PATIENT_BOUND_TYPES.filter((type) => type !== 'patient' && !CLOSED[role].includes(type));
    const patients = [...expected.values()].filter(({ type }) => type === 'patient');
    // All is drawn before anything is read: what comes first there does not depend on the seed.
    const reads = patients.flatMap(({ patientId, _id }) => {
      const path = `/api/patients/${this.#random.pick([String(patientId), encodeURIComponent(_id)])}`;
      const type = this.#random.pick(open);
      const { patientId: _, ...asked } = this.#query(type, expected);
      const wanted = naiveList(expected.values(), type, { ...asked, patientId: String(patientId) });
      return [
        this.#readOf(`${path}/timeline`, naiveTimeline(expected.values(), String(patientId))),
        this.#readOf(withQuery(`${path}/${PATHS[type]}`, asked), wanted),
      ];
    });
    this.counts.timelines += patients.length;
    return await inParallel(reads, (read) => this.#compareList(api, read));
  }

  #readOf(path: string, wanted: readonly Doc[]): ListRead {
    return { path, wanted, limit: this.#random.between(2, 15) };
  }

  async #compareList(api: Person['api'], { path, wanted, limit }: ListRead): Promise<string[]> {
    const { items, pages, faults } = await readWhole(api, path, limit);
    this.counts.lists++;
    this.counts.pages += pages;
    this.counts.listed += items.length;
    const found = [...faults];
    const [ids, wantedIds] = [items.map(({ _id }) => _id), wanted.map(({ _id }) => _id)];
    if (!equal(ids, wantedIds)) {
      const missing = wantedIds.filter((id) => !ids.includes(id));
      const surplus = ids.filter((id) => !wantedIds.includes(id));
      const at = ids.findIndex((id, i) => id !== wantedIds[i]);
      found.push(`lacks [${missing.join()}], has too many [${surplus.join()}], differs first at ${at}`);
    }
    const byId = new Map(wanted.map((document) => [document._id, document]));
    for (const item of items) {
      const document = byId.get(item._id);
      if (document) found.push(...unlike(document, item));
    }
    return found.map((difference) => `GET ${path}: ${difference}`);
  }

  /** A random query that lists of the type offer; values are such as some document has. */
  #query(type: DocumentType, expected: Documents): AskedList {
    const { sorts, words, usual } = LISTS[type];
    const random = this.#random;
    const ofType = [...expected.values()].filter((document) => document.type === type);
    const example = ofType.length > 0 ? random.pick(ofType) : undefined;
    const bound = !isReferenceType(type);
    const filters: AskedList = {
      ...(bound && example && happens(random, 20) && { patientId: String(example.patientId) }),
      ...(bound && example && happens(random, 30) && { author: String(example.createdBy) }),
      ...(type !== 'drug' && type !== 'clinic' && happens(random, 40) && { clinic: random.pick(CLINICS) }),
      ...(example?.status !== undefined && happens(random, 50) && { status: String(example.status) }),
    };
    const turned = random.pick(['', '-']);
    if (words && happens(random, 60)) return { ...filters, q: random.pick(SEARCHES), sort: `${turned}${usual}` };
    const name = random.pick(Object.keys(sorts));
    const sort = happens(random, 80) ? `${turned}${name}` : usual;
    const range = sort.endsWith('name') ? {} : this.#range();
    return { ...filters, ...range, ...(sort !== usual && { sort }) };
  }

  #range(): Pick<AskedList, 'from' | 'to'> {
    const limit = (fromDays: number, toDays: number) => {
      const at = instant(this.#random, fromDays, toDays);
      return happens(this.#random, 50) ? at : at.slice(0, '2026-03-01'.length);
    };
    return {
      ...(happens(this.#random, 40) && { from: limit(-10, 0) }),
      ...(happens(this.#random, 40) && { to: limit(-5, 8) }),
    };
  }
}

const pathTo = (id: string): string => `/api/${PATHS[parseId(id)?.type ?? 'patient']}/${encodeURIComponent(id)}`;

/** Where else a patient was treated is hidden from nearly everyone, and does not count. */
const hasHiddenFields = (seen: Doc, whole: Doc | undefined): boolean =>
  Object.keys(whole ?? {}).some((field) => field !== 'formerClinicIds' && !(field in seen));

/** What the principal must be able to read online. */
function expectedOnline({ role, userId }: Person, held: Documents, primary: Documents): Documents {
  if (role === 'admin') return primary;
  return new Map(
    [...held].map(([id, document]) => {
      const isOwn = document.type === 'staff' && document.userId === userId;
      return [id, (isOwn && primary.get(id)) || document];
    }),
  );
}

/** Devices hold the public fields of all staff. */
function staffDifferences(held: Documents, primary: Documents): string[] {
  const reference = [...primary.values()].filter(({ type }) => isReferenceType(type as DocumentType));
  return reference.flatMap((document) => {
    const copy = held.get(document._id);
    return copy ? unlike(publicPart(document), copy) : [`${document._id} is not held`];
  });
}

function publicPart(document: Doc): Doc {
  if (document.type !== 'staff') return document;
  const fields = Object.entries(document).filter(([field]) => !PRIVATE_STAFF_FIELDS.includes(field));
  return Object.fromEntries(fields) as Doc;
}

/**
 * A tablet that writes holds the same as one that only pulls, apart from what was refused, and from private fields that it
 * wrote itself: the server knows that it has that revision.
 */
async function tabletDifferences(tablet: Device, held: Documents): Promise<string[]> {
  const denied = tablet.denied();
  const own = await tablet.documents();
  const ids = [...new Set([...own.keys(), ...held.keys()])].filter((id) => !denied.has(id));
  return ids.flatMap((id) => {
    const [mine, theirs] = [own.get(id), held.get(id)];
    if (mine && theirs) return unlike(theirs, publicPart(mine)).map((difference) => `on the tablet ${difference}`);
    return [`${id} is held by the ${mine ? 'tablet' : 'other device'} only`];
  });
}

function unlike(wanted: Doc, given: Doc): string[] {
  if (equal(wanted, given)) return [];
  const fields = [...new Set([...Object.keys(wanted), ...Object.keys(given)])];
  const differing = fields.filter((field) => !equal(wanted[field], given[field]));
  return [`${wanted._id} differs in ${differing.join(', ')}`];
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<string[]>): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE)
    found.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))).flat());
  return found;
}
