/** Writing documents: `_bulk_docs`, PUT, POST and DELETE. Rows are judged one by one; one that is refused stops no other. */
import type { Request, Response } from 'express';
import type { Edit, Outcome } from '../write/write-path.ts';
import { badRequest, CouchError, conflict } from './couch-error.ts';
import type { SyncDatabase } from './sync-database.ts';
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

export async function answerBulkDocs(database: SyncDatabase, request: Request, response: Response): Promise<void> {
  const body = jsonBody(request);
  const docs = documentList(body, 'docs');
  if (body.new_edits !== undefined && typeof body.new_edits !== 'boolean')
    throw badRequest('new_edits must be true or false.');
  const outcomes =
    body.new_edits === false ? await database.push(docs.map(toRevision)) : await database.edit(docs.map(toEdit));
  const rows = outcomes.map((outcome) => toRow(outcome, database));
  // As CouchDB does: a replicator hears only of what was not stored.
  response.status(201).json(body.new_edits === false ? rows.filter((row) => !('ok' in row)) : rows);
}

export async function answerPut(database: SyncDatabase, request: Request, response: Response): Promise<void> {
  refuseParams(request, ['new_edits', 'batch']);
  const id = checkedId(String(request.params.id));
  const document = jsonBody(request);
  if (document._id !== undefined && document._id !== id)
    throw badRequest('The _id in the body is not the one in the path.');
  const rev = param(request, 'rev') ?? document._rev;
  await answerEdit(database, toEdit({ ...document, _id: id, ...(rev !== undefined && { _rev: rev }) }), response, 201);
}

export async function answerPost(database: SyncDatabase, request: Request, response: Response): Promise<void> {
  refuseParams(request, ['new_edits', 'batch']);
  await answerEdit(database, toEdit(jsonBody(request)), response, 201);
}

export async function answerDelete(database: SyncDatabase, request: Request, response: Response): Promise<void> {
  const id = checkedId(String(request.params.id));
  const baseRev = checkedRev(param(request, 'rev') ?? request.get('if-match')?.replaceAll('"', ''));
  await answerEdit(database, { id, baseRev, deleted: true, body: {} }, response, 200);
}

async function answerEdit(database: SyncDatabase, edit: Edit, response: Response, status: number): Promise<void> {
  const [outcome] = await database.edit([edit]);
  if (outcome?.outcome === 'stored') response.status(status).json({ ok: true, id: outcome.id, rev: outcome.rev });
  else if (outcome?.outcome === 'refused') throw new CouchError(403, 'forbidden', reasonOf(outcome));
  else throw conflict();
}
