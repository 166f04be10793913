/** The filters of held writes, as they stand in the address of the list, and of an entry that was opened from it. */

import type { HeldWriteItem } from '../../../../admin/held-writes/held-write-views.ts';
import type { HeldOrder } from '../../../../documents/held-writes.ts';
import { fetchJson, withQuery } from '../../api.ts';
import type { Page } from '../../paged.ts';

export const HELD_WRITES = '/api/admin/held-writes';
export const HELD_WRITES_PAGE = '/admin/held-writes';

export interface HeldFilters {
  readonly state: string;
  readonly code: string;
  readonly clinic: string;
  readonly userId: string;
  readonly patientId: string;
  readonly order: HeldOrder;
}

/** Of an address; what it leaves out is empty, which the server takes for its default. */
export const filtersOf = (query: Readonly<Record<string, string>>): HeldFilters => ({
  state: query.state ?? '',
  code: query.code ?? '',
  clinic: query.clinic ?? '',
  userId: query.userId ?? '',
  patientId: query.patientId ?? '',
  order: query.order === 'oldest' ? 'oldest' : 'newest',
});

const inAddress = ({ order, ...filters }: HeldFilters) => ({ ...filters, ...(order === 'oldest' && { order }) });

export const listPath = (filters: HeldFilters): string => withQuery(HELD_WRITES, inAddress(filters));
export const listAddress = (filters: HeldFilters): string => withQuery(HELD_WRITES_PAGE, inAddress(filters));
export const entryAddress = (id: string, filters: HeldFilters): string =>
  withQuery(`${HELD_WRITES_PAGE}/${id}`, inAddress(filters));

const OTHER_WAY = { newest: 'oldest', oldest: 'newest' } as const;
/** Each looks at thousands of entries: so many in a row hardly ever have none that is meant. */
const MAX_PAGES = 20;

/** The entry beside another one, in the order of the list or against it; undefined where there is none. Throws an ApiProblem. */
export async function findBeside(cursor: string, filters: HeldFilters, way: 1 | -1): Promise<string | undefined> {
  const order = way === 1 ? filters.order : OTHER_WAY[filters.order];
  let at: string | undefined = cursor;
  for (let page = 0; page < MAX_PAGES && at !== undefined; page++) {
    const path = withQuery(HELD_WRITES, { ...filters, order, limit: 1, cursor: at });
    const found: Page<HeldWriteItem> = await fetchJson(path);
    const [item] = found.items;
    if (item) return item.id;
    at = found.nextCursor;
  }
  return undefined;
}

/** The open entry to go to after a decision: on in the order of the list, else the nearest before. */
export async function findNextOpen(cursor: string, filters: HeldFilters): Promise<string | undefined> {
  const open = { ...filters, state: 'open' };
  return (await findBeside(cursor, open, 1)) ?? (await findBeside(cursor, open, -1));
}
