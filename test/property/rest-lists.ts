/** Reads lists as a client does, page by page, along the links that the answers carry. */
import type { Answer, ApiClient } from '../support/api-client.ts';
import type { Doc } from './rest-device.ts';

export interface PageBody {
  readonly items: readonly Doc[];
  readonly total?: number;
  readonly nextCursor?: string;
}

export interface WholeList {
  readonly items: readonly Doc[];
  readonly pages: number;
  /** What is wrong with the pages themselves. */
  readonly faults: readonly string[];
}

const NEXT = /<([^>]*)>; *rel="next"/;
/** A list that goes round in circles ends here. */
const MAX_PAGES = 1_000;

/** `path` without `limit`. */
export async function readWhole(api: ApiClient, path: string, limit: number): Promise<WholeList> {
  const items: Doc[] = [];
  const totals = new Set<number>();
  const faults: string[] = [];
  let pages = 0;
  let next: string | undefined = `${path}${path.includes('?') ? '&' : '?'}limit=${limit}`;
  while (next !== undefined && pages < MAX_PAGES) {
    const { status, body, headers }: Answer<PageBody> = await api.request<PageBody>('GET', next);
    if (status !== 200) throw new Error(`GET ${next}: ${status} ${JSON.stringify(body)}`);
    pages++;
    items.push(...body.items);
    if (body.total !== undefined) totals.add(body.total);
    next = NEXT.exec(headers.get('link') ?? '')?.[1];
    if ((body.nextCursor !== undefined) !== (next !== undefined)) faults.push('nextCursor and Link do not agree');
    if (next !== undefined && body.items.length !== limit) faults.push('a page that is not the last is not full');
  }
  for (const total of totals) if (total !== items.length) faults.push(`total is ${total} of ${items.length}`);
  return { items, pages, faults };
}

/** Queries with what is undefined left out. */
export function withQuery(path: string, query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given as [string, string][]).toString();
  return text === '' ? path : `${path}?${text}`;
}
