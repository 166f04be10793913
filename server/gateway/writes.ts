/** Writing documents: `_bulk_docs`, PUT, POST and DELETE. Rows are judged one by one; one that is refused stops no other. */
import type { Request, Response } from 'express';
import type { Edit, Outcome } from '../documents/write/write-path.ts';
import { badRequest, CouchError, conflict } from './couch-error.ts';
import type { SyncDatabase } from './sync-database.ts';
import type { Observe } from './sync-observer.ts';
import {
  checkedId,
  checkedRev,
  documentList,
  jsonBody,
  param,
  refuseParams,
  toEdit,
  toRevision,
  type WireDocument,
} from './wire.ts';

const REFUSED_CONFLICT = { error: 'conflict', reason: 'Document update conflict.' };

const reasonOf = (outcome: Outcome & { outcome: 'refused' }): string =>
  `${outcome.refusal.code}: ${outcome.refusal.message}`;

function toRow(outcome: Outcome, { dialect }: SyncDatabase): WireDocument {
  switch (outcome.outcome) {
    case 'stored':
      return { ok: true, id: outcome.id, rev: outcome.rev };
    case 'conflict':
      return { id: outcome.id, ...REFUSED_CONFLICT };
    case 'refused':
      return dialect.refusedRow === 'conflict'
        ? { id: outcome.id, ...REFUSED_CONFLICT }
        : {
            id: outcome.id,
            rev: outcome.rev,
            error: 'forbidden',
            reason: reasonOf(outcome),
            code: outcome.refusal.code,
            ...(outcome.faults && { faults: outcome.faults }),
          };
  }
}

/** An `updatedAt` that is not of the one form of times cannot be compared, and says nothing. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

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
  observe({ kind: 'documents_pushed', count: rows.length, stored, refused, newestUpdatedAt: times.sort().at(-1) });
}

async function pushRevisions(database: SyncDatabase, docs: readonly unknown[], observe: Observe) {
  const revisions = docs.map(toRevision);
  const outcomes = await database.push(revisions);
  observePush(revisions, outcomes, observe);
  return outcomes;
}

async function pushEdits(database: SyncDatabase, edits: readonly Edit[], observe: Observe) {
  const outcomes = await database.edit(edits);
  observePush(edits, outcomes, observe);
  return outcomes;
}

export async function answerBulkDocs(
  database: SyncDatabase,
  request: Request,
  response: Response,
  observe: Observe,
): Promise<void> {
  const body = jsonBody(request);
  const docs = documentList(body, 'docs');
  if (body.new_edits !== undefined && typeof body.new_edits !== 'boolean')
    throw badRequest('new_edits must be true or false.');
  const outcomes =
    body.new_edits === false
      ? await pushRevisions(database, docs, observe)
      : await pushEdits(database, docs.map(toEdit), observe);
  const rows = outcomes.map((outcome) => toRow(outcome, database));
  // As CouchDB does: a replicator hears only of what was not stored.
  response.status(201).json(body.new_edits === false ? rows.filter((row) => !('ok' in row)) : rows);
}

export async function answerPut(
  database: SyncDatabase,
  request: Request,
  response: Response,
  observe: Observe,
): Promise<void> {
  refuseParams(request, ['new_edits', 'batch']);
  const id = checkedId(String(request.params.id));
  const document = jsonBody(request);
  if (document._id !== undefined && document._id !== id)
    throw badRequest('The _id in the body is not the one in the path.');
  const rev = param(request, 'rev') ?? document._rev;
  const edit = toEdit({ ...document, _id: id, ...(rev !== undefined && { _rev: rev }) });
  await answerEdit(database, edit, { response, status: 201, observe });
}

export async function answerPost(
  database: SyncDatabase,
  request: Request,
  response: Response,
  observe: Observe,
): Promise<void> {
  refuseParams(request, ['new_edits', 'batch']);
  await answerEdit(database, toEdit(jsonBody(request)), { response, status: 201, observe });
}

export async function answerDelete(
  database: SyncDatabase,
  request: Request,
  response: Response,
  observe: Observe,
): Promise<void> {
  const id = checkedId(String(request.params.id));
  const baseRev = checkedRev(param(request, 'rev') ?? request.get('if-match')?.replaceAll('"', ''));
  await answerEdit(database, { id, baseRev, deleted: true, body: {} }, { response, status: 200, observe });
}

interface EditAnswer {
  readonly response: Response;
  readonly status: number;
  readonly observe: Observe;
}

async function answerEdit(
  database: SyncDatabase,
  edit: Edit,
  { response, status, observe }: EditAnswer,
): Promise<void> {
  const [outcome] = await pushEdits(database, [edit], observe);
  if (outcome?.outcome === 'stored') response.status(status).json({ ok: true, id: outcome.id, rev: outcome.rev });
  else if (outcome?.outcome === 'refused') throw new CouchError(403, 'forbidden', reasonOf(outcome));
  else throw conflict();
}
