/** Writing single documents: PUT, POST and DELETE. */
import type { Request, Response } from 'express';
import type { UnreadRow } from '../documents/write/outcome.ts';
import type { Edit } from '../documents/write/write-path.ts';
import { badRequest, CouchError, conflict } from './couch-error.ts';
import { toEdit } from './pushed-row.ts';
import type { SyncDatabase } from './sync-database.ts';
import type { Observe } from './sync-observer.ts';
import { checkedId, checkedRev, jsonBody, param, refuseParams, type WireDocument } from './wire.ts';
import { writeEdits } from './write-rows.ts';
import { reasonOf } from './written-row.ts';

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
  const edit = editOf({ ...document, _id: id, ...(rev !== undefined && { _rev: rev }) });
  await answerEdit(database, edit, { response, status: 201, observe });
}

export async function answerPost(
  database: SyncDatabase,
  request: Request,
  response: Response,
  observe: Observe,
): Promise<void> {
  refuseParams(request, ['new_edits', 'batch']);
  await answerEdit(database, editOf(jsonBody(request)), { response, status: 201, observe });
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

/** The body of a request that was read whole. */
function editOf(fields: WireDocument): Edit | UnreadRow {
  const text = Buffer.from(JSON.stringify(fields));
  return toEdit({ raw: { text, bytes: text.length, values: 0, fault: undefined, members: {}, leftOut: {} }, fields });
}

interface EditAnswer {
  readonly response: Response;
  readonly status: number;
  readonly observe: Observe;
}

async function answerEdit(
  database: SyncDatabase,
  edit: Edit | UnreadRow,
  { response, status, observe }: EditAnswer,
): Promise<void> {
  const [outcome] = await writeEdits(database, [edit], observe);
  await database.pushed();
  if (outcome?.outcome === 'stored') response.status(status).json({ ok: true, id: outcome.id, rev: outcome.rev });
  else if (outcome?.outcome === 'refused') throw new CouchError(403, 'forbidden', reasonOf(outcome));
  else throw conflict();
}
