/** `_local` documents: a device's checkpoints. They are not replicated, and no other device sees them. */
import type { Request, Response } from 'express';
import { CouchError, conflict, notFound, tooManyRequests } from './couch-error.ts';
import type { DeviceLocal, DeviceLocals } from './device-locals.ts';
import { TOLD_SECONDS } from './device-quotas.ts';
import { positionFrom } from './replica-mark.ts';
import type { SyncDatabase } from './sync-database.ts';
import type { Observe } from './sync-observer.ts';
import { jsonBody, param, type WireDocument } from './wire.ts';

/** A checkpoint is a few hundred bytes. */
const MAX_BYTES = 64 * 1024;
/** Of one device in one database. PouchDB keeps one for each replication, and for each filter of one. */
const MAX_COUNT = 200;

type Locals = Pick<DeviceLocals, 'note' | 'drop'>;

const idOf = (request: Request): string => String(request.params.id);

export async function answerGetLocal(
  database: SyncDatabase,
  request: Request,
  response: Response,
  observe: Observe,
): Promise<void> {
  const document = await database.source.getLocal(database.localKey(idOf(request)));
  observe({ kind: 'checkpoint_read', positions: positionsOf(document ?? {}, database.replica) });
  if (!document) throw notFound();
  response.json({ ...document, _id: `_local/${idOf(request)}` });
}

export const putLocal =
  (locals: Locals) =>
  async (database: SyncDatabase, request: Request, response: Response, observe: Observe): Promise<void> => {
    const { _id, _rev, _revisions, _deleted, ...content } = jsonBody(request);
    if (_deleted === true) {
      await remove(locals, database, request, response, _rev);
      return;
    }
    const key = database.localKey(idOf(request));
    if (Buffer.byteLength(JSON.stringify(content)) > MAX_BYTES) {
      throw new CouchError(413, 'too_large', `A local document may have at most ${MAX_BYTES} bytes.`);
    }
    const before = await database.source.getLocal(key);
    if (before?._rev !== _rev) throw conflict();
    // One that is there can be written in any case.
    if (!(await locals.note(localOf(database, key), before ? Number.POSITIVE_INFINITY : MAX_COUNT))) {
      observe({ kind: 'quota_reached', quota: 'local', seconds: TOLD_SECONDS });
      throw tooManyRequests(
        `A device may have ${MAX_COUNT} local documents in a database: use those that are there.`,
        TOLD_SECONDS,
      );
    }
    const rev = await database.source.putLocal(key, withoutSpecial(content)).catch((error: unknown) => {
      // Another request of this device came in between.
      throw (error as { status?: number }).status === 409 ? conflict() : error;
    });
    const [position] = positionsOf(content, database.replica);
    if (position !== undefined) observe({ kind: 'checkpoint_stored', position });
    else if (typeof content.last_seq === 'number') await database.pushConfirmed();
    response.status(201).json({ ok: true, id: `_local/${idOf(request)}`, rev });
  };

const localOf = (database: SyncDatabase, key: string): DeviceLocal => ({
  device: database.device,
  name: database.name,
  source: database.source,
  key,
});

/**
 * The positions in a checkpoint as PouchDB writes it, the newest first: `last_seq`, and those of earlier runs in `history`.
 * A device keeps the checkpoints of its pushes here as well: they hold positions of its own database, which are numbers.
 */
function positionsOf({ last_seq, history }: WireDocument, replica: string | undefined): string[] {
  const earlier = Array.isArray(history) ? history.map((run) => (run as { last_seq?: unknown } | null)?.last_seq) : [];
  if (typeof last_seq !== 'string') return [];
  return [last_seq, ...earlier.filter((seq) => typeof seq === 'string')].map((seq) => positionFrom(seq, replica));
}

export const deleteLocal =
  (locals: Locals) =>
  (database: SyncDatabase, request: Request, response: Response): Promise<void> =>
    remove(locals, database, request, response, param(request, 'rev'));

async function remove(
  locals: Locals,
  database: SyncDatabase,
  request: Request,
  response: Response,
  rev: unknown,
): Promise<void> {
  const key = database.localKey(idOf(request));
  if (!(await database.source.getLocal(key))) throw notFound();
  await checkRev(database, key, rev);
  await database.source.removeLocal(key);
  await locals.drop(localOf(database, key));
  response.json({ ok: true, id: `_local/${idOf(request)}`, rev: '0-0' });
}

async function checkRev(database: SyncDatabase, key: string, rev: unknown): Promise<void> {
  const before = await database.source.getLocal(key);
  if (before?._rev !== rev) throw conflict();
}

const withoutSpecial = (content: WireDocument): WireDocument =>
  Object.fromEntries(Object.entries(content).filter(([field]) => !field.startsWith('_')));
