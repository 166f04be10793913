/** Lists the slow and obvious way: all documents, filtered and sorted in memory. Shares nothing with the index. */

import type { ListQuery, TimelineQuery } from '../../../server/api/lists/list-query.ts';
import { isReferenceType } from '../../../shared-schemas/document-types.ts';
import { parseId } from '../../../shared-schemas/ids.ts';

export type Body = Readonly<Record<string, unknown>>;
export type Documents = ReadonlyMap<string, Body>;

/** A document's place: what the list is sorted by, then its id. */
export interface Place {
  readonly value: string;
  readonly id: string;
}

const TIMES: Readonly<Record<string, readonly string[]>> = {
  visitedAt: ['visitedAt', 'createdAt'],
  scheduledFor: ['scheduledFor', 'createdAt'],
};
const MAIN_TIME: Readonly<Record<string, string>> = {
  patient: 'createdAt',
  record: 'visitedAt',
  prescription: 'createdAt',
  procedure: 'scheduledFor',
  vaccine: 'administeredAt',
  vital: 'measuredAt',
  appointment: 'startsAt',
};
const SEARCHED: Readonly<Record<string, { words: readonly string[]; codes: readonly string[] }>> = {
  patient: { words: ['firstName', 'lastName'], codes: ['phoneNumber', 'identityNumber'] },
  drug: { words: ['name'], codes: ['code'] },
  staff: { words: ['name', 'speciality'], codes: [] },
  clinic: { words: ['name', 'slug'], codes: [] },
};

/** Nanoseconds since 1970 in as many digits as they take, so that text sorts as numbers do. */
function nanoseconds(instant: string): string {
  const [, base = '', fraction = ''] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(instant) ?? [];
  return (BigInt(Date.parse(`${base}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))).toString().padStart(22, '0');
}

/** Lower case without accents. Enough for the names that the tests use. */
const plain = (value: unknown): string =>
  String(value ?? '')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replace(/\s+/g, ' ')
    .trim();

function sortedBy(id: string, body: Body, sort: string): string {
  if (sort !== 'name') {
    const field = (TIMES[sort] ?? [sort]).find((name) => typeof body[name] === 'string');
    return field === undefined ? '' : nanoseconds(String(body[field]));
  }
  return parseId(id)?.type === 'patient' ? `${plain(body.lastName)}\u0000${plain(body.firstName)}` : plain(body.name);
}

const bare = (text: string): string => plain(text).replace(/[^\p{L}\p{N}]/gu, '');
const isHan = (text: string): boolean => /\p{Script=Han}/u.test(text);

function isFound(type: string, body: Body, search: string): boolean {
  const { words = [], codes = [] } = SEARCHED[type] ?? {};
  const texts = words.flatMap((field) => plain(body[field]).split(' '));
  const own = [...texts.map(bare), ...texts.flatMap((text) => text.split(/[^\p{L}\p{N}]/u))];
  own.push(...codes.map((field) => bare(String(body[field] ?? ''))));
  const names = [bare(String(body.lastName ?? '')), bare(String(body.firstName ?? ''))];
  if (type === 'patient' && names.every(isHan)) own.push(names.join(''));
  const wanted = plain(search)
    .split(' ')
    .map(bare)
    .filter((word) => word !== '');
  return (
    wanted.length > 0 &&
    wanted.every((word) =>
      own.some((text) => ([...word].length > 2 || isHan(word) ? text.includes(word) : text.startsWith(word))),
    )
  );
}

export function comparePlaces(a: Place, b: Place): number {
  return Buffer.compare(Buffer.from(a.value), Buffer.from(b.value)) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function matches(id: string, body: Body, query: ListQuery): boolean {
  const parsed = parseId(id);
  if (parsed?.type !== query.type) return false;
  if (query.patientId !== undefined && parsed.patientId !== query.patientId) return false;
  if (query.status !== undefined && body.status !== query.status) return false;
  if (query.author !== undefined && body.createdBy !== query.author) return false;
  if (query.clinic !== undefined && !((body.clinicIds ?? []) as string[]).includes(query.clinic)) return false;
  const limit = (text: string) => nanoseconds(text.includes('T') ? text : `${text}T00:00:00Z`);
  if (query.from !== undefined || query.to !== undefined) {
    const time = sortedBy(id, body, query.sort);
    if (time === '') return false;
    if (query.from !== undefined && time < limit(query.from)) return false;
    if (query.to !== undefined && time >= limit(query.to)) return false;
  }
  return query.search === undefined || isFound(query.type, body, query.search);
}

/** All entries of all pages. */
export function naiveList(documents: Documents, query: ListQuery | TimelineQuery): Place[] {
  const timeline = 'timelineOf' in query;
  const places = [...documents].flatMap(([id, body]) => {
    const { type, patientId } = parseId(id) ?? {};
    if (!timeline) return matches(id, body, query) ? [{ id, value: sortedBy(id, body, query.sort) }] : [];
    if (type === undefined || isReferenceType(type) || patientId !== query.timelineOf) return [];
    return [{ id, value: sortedBy(id, body, MAIN_TIME[type] ?? '') }];
  });
  const direction = timeline || query.descending ? -1 : 1;
  return places.sort((a, b) => direction * comparePlaces(a, b));
}
