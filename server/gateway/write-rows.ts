/** What becomes of pushed rows: read, written or kept, and told. Rows are judged one by one; one that is refused stops no other. */
import type { Outcome, UnreadRow } from '../documents/write/outcome.ts';
import type { Edit } from '../documents/write/write-path.ts';
import { generationOf, type StoredRevision } from '../store/store.ts';
import { isAnyNamedByContent } from './named-by-content.ts';
import { hasReachableGeneration, isUnread, MAX_FREE_GENERATION, type PushedRow, unread } from './pushed-row.ts';
import type { SyncDatabase } from './sync-database.ts';
import type { Observe } from './sync-observer.ts';

/** An `updatedAt` that is not of the one form of times cannot be compared, and says nothing. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Revisions that a device made; one that nothing leads to is kept, and not written. */
export async function writeRevisions(
  database: SyncDatabase,
  rows: readonly (readonly [pushed: PushedRow, row: StoredRevision | UnreadRow])[],
  observe: Observe,
): Promise<readonly Outcome[]> {
  const far = rows.flatMap(([, row]) =>
    !isUnread(row) && generationOf(row.rev) > MAX_FREE_GENERATION ? [row.id] : [],
  );
  const leaves = far.length === 0 ? new Map() : await database.source.leaves(far.filter((id) => database.shows(id)));
  const checked = rows.map(([pushed, row]) =>
    isUnread(row) || hasReachableGeneration(row, leaves.get(row.id) ?? [])
      ? row
      : unread(pushed, { code: 'invalid_revision' }),
  );
  const namedByContent = isAnyNamedByContent(rows.map(([{ fields }]) => fields));
  const observeNames: Observe = (event) =>
    observe(event.kind === 'documents_pushed' ? { ...event, namedByContent } : event);
  return writeEach(database, checked, (revisions) => database.push(revisions), observeNames);
}

export const writeEdits = (
  database: SyncDatabase,
  rows: readonly (Edit | UnreadRow)[],
  observe: Observe,
): Promise<readonly Outcome[]> => writeEach(database, rows, (edits) => database.edit(edits), observe);

/** In the order of the rows. */
async function writeEach<R extends StoredRevision | Edit>(
  database: SyncDatabase,
  rows: readonly (R | UnreadRow)[],
  write: (rows: readonly R[]) => Promise<readonly Outcome[]>,
  observe: Observe,
): Promise<readonly Outcome[]> {
  const readable = rows.filter((row): row is R => !isUnread(row));
  const written = readable.length === 0 ? [] : [...(await write(readable))];
  await database.hold(rows.filter(isUnread));
  const outcomes = rows.flatMap((row): Outcome[] => {
    if (!isUnread(row)) return [written.shift()].filter((one) => one !== undefined);
    const { id, rev, refusal, faults } = row;
    return [{ outcome: 'refused', id, rev, refusal, ...(faults && { faults }) }];
  });
  observePush(rows, outcomes, observe);
  return outcomes;
}

function observePush(
  rows: readonly { readonly body: Readonly<Record<string, unknown>> }[],
  outcomes: readonly Outcome[],
  observe: Observe,
): void {
  const times = rows.flatMap(({ body: { updatedAt } }) =>
    typeof updatedAt === 'string' && INSTANT.test(updatedAt) ? [updatedAt] : [],
  );
  const refused = outcomes.flatMap((outcome) => (outcome.outcome === 'refused' ? [outcome.refusal.code] : []));
  const stored = outcomes.filter(({ outcome }) => outcome === 'stored').length;
  observe({
    kind: 'documents_pushed',
    count: rows.length,
    stored,
    refused,
    newestUpdatedAt: times.sort().at(-1),
    // The server names what is no revision yet.
    namedByContent: false,
  });
}
