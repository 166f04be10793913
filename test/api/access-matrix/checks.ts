/** What an answer is held against, and what must or must not have become of the document. */
import { expect } from 'vitest';
import type { Answer, ApiClient } from '../../support/api-client.ts';
import type { DocumentCase } from './cases.ts';
import { CALLERS } from './cases.ts';
import { changed, type Expectation, type Expected } from './expectation.ts';
import { type Body, CONTENT, PATH_OF } from './situations.ts';
import type { Stage } from './stage.ts';

export type Document = Body & { readonly _id: string; readonly _rev: string };

export function expectAnswer({ status, body }: Answer, { status: wanted, code, reasons }: Expected): void {
  expect({ status, body }).toMatchObject({ status: wanted, body: code ? { code } : {} });
  if (reasons) expect(reasons).toContain(body.reason);
}

/** Change with every write, whoever writes. */
const BOOKKEEPING = ['_rev', 'updatedAt', 'updatedBy', 'deviceId', 'formerClinicIds'];
const contentOf = (body: Body): Body =>
  Object.fromEntries(Object.entries(body).filter(([field]) => !BOOKKEEPING.includes(field)));

export async function runDocumentCase(one: DocumentCase, stage: Stage, expectation: Expectation): Promise<void> {
  const { caller, operation, situation, change, expected } = one;
  const { admin } = stage.server;
  const { client, userId } = stage.callers[caller];
  const { id } = stage.documentFor(one);
  const path = `${PATH_OF[situation.type]}/${id}`;
  const before = await admin.ok<Document>('GET', path);
  const patch = change?.patch(userId) ?? {};
  const hidden = expectation.hiddenFields(CALLERS[caller], situation);
  const answer = await request(client, one, path, { before, patch, hidden });
  expectAnswer(answer, expected);
  if (operation === 'GET') {
    if (expected.status === 200) expectVisible(one, answer.body, before, expectation);
    return;
  }
  const after = await admin.request<Document>('GET', path);
  if (operation === 'DELETE' && expected.status === 204) expect(after.status).toBe(404);
  else if (expected.status >= 400) expect(after.body).toEqual(before);
  else if (change) expect(contentOf(after.body)).toEqual(contentOf(changed(before, patch)));
  else expect(after.body.status).toBe(STATUS_AFTER[operation]);
}

const STATUS_AFTER: Readonly<Record<string, string>> = { fill: 'filled', unfill: 'pending', perform: 'performed' };

interface Asked {
  readonly before: Document;
  readonly patch: Body;
  /** What the caller does not see, and so can't send. */
  readonly hidden: readonly string[];
}

function request(
  client: ApiClient,
  { operation }: DocumentCase,
  path: string,
  { before, patch, hidden }: Asked,
): Promise<Answer> {
  switch (operation) {
    case 'GET':
      return client.request('GET', path);
    case 'DELETE':
      return client.request('DELETE', path);
    case 'PATCH':
      return client.request('PATCH', path, patch);
    case 'PUT': {
      const { formerClinicIds: _, ...seen } = withoutFields(before, hidden);
      return client.request('PUT', path, changed(seen, patch));
    }
    default:
      return client.request('POST', `${path}/${operation}`, {});
  }
}

const withoutFields = (body: Body, fields: readonly string[]): Body =>
  Object.fromEntries(Object.entries(body).filter(([field]) => !fields.includes(field)));

/** Every field of the content that the words allow is there, and no other. */
function expectVisible({ caller, situation }: DocumentCase, seen: Body, whole: Body, expectation: Expectation): void {
  for (const field of Object.keys(CONTENT[situation.type])) {
    const isSeen = expectation.seesField(CALLERS[caller], situation, field);
    expect([field, seen[field]]).toEqual([field, isSeen ? whole[field] : undefined]);
  }
}

/** All pages of a list. */
export async function allItems(client: ApiClient, path: string): Promise<Document[]> {
  const items: Document[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = `limit=500${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = await client.ok<{ items: Document[]; nextCursor?: string }>(
      'GET',
      `${path}${path.includes('?') ? '&' : '?'}${query}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === undefined) return items;
  }
}
