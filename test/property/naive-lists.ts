/**
 * What a list must answer, by filtering and sorting all documents one by one. Written from the description of the lists and
 * without the index's code, so that a mistake in the one shows in the other.
 */
import type { DocumentType } from '../../shared-schemas/document-types.ts';
import { folded } from './generated-text.ts';
import type { Doc } from './rest-device.ts';

/** The parameters of a list, as a client sends them. */
export interface AskedList {
  /** With `-` in front from the greatest down. */
  readonly sort?: string;
  readonly patientId?: string;
  readonly author?: string;
  readonly clinic?: string;
  readonly status?: string;
  readonly from?: string;
  readonly to?: string;
  readonly q?: string;
}

type Place = readonly (string | number)[];
type Sort = (document: Doc) => Place;

/** Milliseconds of the first of the fields that there is; a document without any comes before all others. */
const time =
  (...fields: readonly string[]): Sort =>
  (document) => {
    const given = fields.find((field) => document[field] !== undefined);
    return [given === undefined ? Number.NEGATIVE_INFINITY : Date.parse(String(document[given]))];
  };
const text =
  (...fields: readonly string[]): Sort =>
  (document) =>
    fields.map((field) => folded(document[field]));

const updatedAt = time('updatedAt');
const MAIN_TIMES: Readonly<Partial<Record<DocumentType, Sort>>> = {
  patient: time('createdAt'),
  record: time('visitedAt', 'createdAt'),
  prescription: time('createdAt'),
  procedure: time('scheduledFor', 'createdAt'),
  vaccine: time('administeredAt'),
  vital: time('measuredAt'),
  appointment: time('startsAt'),
};

interface List {
  /** As `sort` names it where nothing is asked. */
  readonly usual: string;
  readonly sorts: Readonly<Record<string, Sort>>;
  readonly words?: readonly string[];
  readonly codes?: readonly string[];
}

const clinical = (type: DocumentType, usual: string): List => ({
  usual,
  sorts: { [usual.replace('-', '')]: MAIN_TIMES[type] as Sort, updatedAt },
});

export const LISTS: Readonly<Record<DocumentType, List>> = {
  patient: {
    usual: 'name',
    sorts: { name: text('lastName', 'firstName'), updatedAt },
    words: ['firstName', 'lastName'],
    codes: ['phoneNumber', 'identityNumber'],
  },
  record: clinical('record', '-visitedAt'),
  prescription: clinical('prescription', '-createdAt'),
  procedure: clinical('procedure', '-scheduledFor'),
  vaccine: clinical('vaccine', '-administeredAt'),
  vital: clinical('vital', '-measuredAt'),
  appointment: clinical('appointment', 'startsAt'),
  drug: { usual: 'name', sorts: { name: text('name'), updatedAt }, words: ['name'], codes: ['code'] },
  clinic: { usual: 'name', sorts: { name: text('name'), updatedAt }, words: ['name', 'slug'] },
  staff: { usual: 'name', sorts: { name: text('name'), updatedAt }, words: ['name', 'speciality'] },
};

const compareValues = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number'
    ? // Two infinities are equal, and their difference is no number.
      Number(a > b) - Number(a < b)
    : Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));

function inOrder(documents: readonly Doc[], sort: Sort, descending: boolean): Doc[] {
  const placed = documents.map((document) => ({ document, place: [...sort(document), document._id] }));
  placed.sort((a, b) => {
    const differing = a.place.findIndex((value, i) => compareValues(value, b.place[i] ?? '') !== 0);
    const order = differing < 0 ? 0 : compareValues(a.place[differing] ?? '', b.place[differing] ?? '');
    return descending ? -order : order;
  });
  return placed.map(({ document }) => document);
}

/** The whole list, in its order. */
export function naiveList(documents: Iterable<Doc>, type: DocumentType, asked: AskedList = {}): Doc[] {
  const { sorts, usual } = LISTS[type];
  const wanted = asked.sort ?? usual;
  const sort = sorts[wanted.replace('-', '')];
  if (!sort) throw new RangeError(`${type} has no sort ${wanted}`);
  const found = [...documents].filter(
    (document) =>
      document.type === type &&
      (asked.patientId === undefined || document.patientId === asked.patientId) &&
      (asked.author === undefined || document.createdBy === asked.author) &&
      (asked.clinic === undefined || (document.clinicIds as string[] | undefined)?.includes(asked.clinic)) &&
      (asked.status === undefined || document.status === asked.status) &&
      isWithin(sort(document)[0], asked) &&
      (asked.q === undefined || isFound(document, LISTS[type], asked.q)),
  );
  return inOrder(found, sort, wanted.startsWith('-'));
}

/** Everything of one patient, the newest first. */
export function naiveTimeline(documents: Iterable<Doc>, patientId: string): Doc[] {
  const own = [...documents].filter((document) => document.patientId === patientId);
  return inOrder(own, (document) => MAIN_TIMES[document.type as DocumentType]?.(document) ?? [], true);
}

function isWithin(timeMs: string | number | undefined, { from, to }: AskedList): boolean {
  if (from === undefined && to === undefined) return true;
  if (typeof timeMs !== 'number' || !Number.isFinite(timeMs)) return false;
  return (from === undefined || timeMs >= Date.parse(from)) && (to === undefined || timeMs < Date.parse(to));
}

const PUNCTUATION = /[^\p{L}\p{N}]/gu;
const bare = (word: string): string => word.replaceAll(PUNCTUATION, '');
const HAN = /\p{Script=Han}/u;

function isFound(document: Doc, { words = [], codes = [] }: List, q: string): boolean {
  const spoken = [...words, ...codes].flatMap((field) => {
    const value = folded(document[field]);
    return [...value.split(' ').map(bare), ...value.split(PUNCTUATION)];
  });
  const whole = codes.map((field) => bare(folded(document[field])));
  const name = `${folded(document.lastName)}${folded(document.firstName)}`;
  const isHan = HAN.test(folded(document.lastName)) && HAN.test(folded(document.firstName));
  const own = [...spoken, ...whole, ...(isHan ? [name] : [])].filter((word) => word !== '');
  const asked = q.split(' ').map((word) => bare(foldedSearch(word)));
  const sought = asked.filter((word) => word !== '');
  return sought.length > 0 && sought.every((word) => own.some((one) => has(one, word)));
}

const has = (own: string, word: string): boolean =>
  [...word].length > 2 || HAN.test(word) ? own.includes(word) : own.startsWith(word);

/** The words of the searches are names of the generated documents, or plain. */
const foldedSearch = (word: string): string => (HAN.test(word) ? word : folded(word));
