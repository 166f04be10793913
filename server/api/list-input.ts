/** What a client may ask of a list of documents. */
import { z } from 'zod';
import { type DocumentType, isReferenceType } from '../../shared-schemas/document-types.ts';
import { isClinicSlug, isPatientId } from '../../shared-schemas/ids.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import type { Cursors } from '../http/cursor.ts';
import { cursorScope, pageFields } from '../http/paging.ts';
import { invalidInput } from '../http/parse-input.ts';
import { LIST_FIELDS } from './lists/list-fields.ts';
import type { ListQuery } from './lists/list-query.ts';
import { valuesOf } from './resources.ts';

const time = (what: string) =>
  z
    .union([z.iso.date(), z.iso.datetime()], 'must be a day (2026-03-01) or an instant in UTC (2026-03-01T09:30:00Z)')
    .optional()
    .describe(what);

/** The query of a list of `type`; every parameter that it does not have is a fault. */
export function listSchema(type: DocumentType) {
  const { sorts, search, defaultSort, facets } = LIST_FIELDS[type];
  const names = Object.keys(sorts).flatMap((name) => [name, `-${name}`]);
  const usual = `${sorts[defaultSort]?.descending ? '-' : ''}${defaultSort}`;
  return z.strictObject({
    ...pageFields,
    sort: z.enum(names).default(usual).describe('What it is sorted by; with - in front from the greatest down'),
    from: time('Not before this; of the time that the list is sorted by'),
    to: time('Before this; of the time that the list is sorted by'),
    ...(!isReferenceType(type) && {
      patientId: z.string().refine(isPatientId, 'must be the id of a patient').optional().describe('Of this patient'),
    }),
    ...(facets.includes('author') && {
      author: z.string().min(1).max(64).optional().describe('User id of the author'),
    }),
    ...(facets.includes('clinic') && {
      clinic: z.string().refine(isClinicSlug, 'must be the slug of a clinic').optional().describe('Slug of a clinic'),
    }),
    ...(facets.includes('status') && {
      status: z
        .enum(valuesOf(type, 'status') ?? [])
        .optional()
        .describe('In this status'),
    }),
    ...(search && {
      q: z
        .string()
        .trim()
        .min(1)
        .max(200)
        .optional()
        .describe('Parts of words, whatever their accents; all must be there'),
    }),
  });
}

interface ListParameters {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly sort: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly patientId?: string | undefined;
  readonly author?: string | undefined;
  readonly clinic?: string | undefined;
  readonly status?: string | undefined;
  readonly q?: string | undefined;
}

export interface Paging {
  readonly principal: Principal;
  readonly cursors: Cursors;
}

export interface ListRequest {
  readonly query: ListQuery;
  /** The cursor of a position in this list. */
  readonly seal: (position: string) => string;
}

/**
 * What the index is asked, from parameters that fit listSchema.
 * @throws HttpError `invalid_input`
 */
export function listRequest(type: DocumentType, parameters: unknown, { principal, cursors }: Paging): ListRequest {
  const { limit, cursor, sort, q, ...rest } = parameters as ListParameters;
  const filters = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const descending = sort.startsWith('-');
  const name = descending ? sort.slice(1) : sort;
  const ranged = ['from', 'to'].filter((key) => key in filters);
  if (ranged.length > 0 && (LIST_FIELDS[type].sorts[name]?.kind !== 'time' || q !== undefined))
    throw invalidInput(ranged.map((path) => ({ path, message: 'needs a list that is sorted by a time, without q' })));
  if (q !== undefined && name !== LIST_FIELDS[type].defaultSort)
    throw invalidInput([{ path: 'sort', message: `must be ${LIST_FIELDS[type].defaultSort} where q is given` }]);
  const scope = cursorScope(principal, type, sort, q, filters);
  const query = {
    type,
    limit,
    sort: name,
    descending,
    ...filters,
    ...(q !== undefined && { search: q }),
    ...(cursor !== undefined && { after: cursors.open(cursor, scope) }),
  };
  return { query, seal: (position) => cursors.seal(position, scope) };
}
