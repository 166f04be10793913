/**
 * The sync gateway: of CouchDB's interface, what replication needs and nothing else. Whatever is not listed here is 404.
 * `/<database>/…` speaks to PouchDB, `/<database>/<type>/…` is the same limited to one type, for RxDB.
 */
import { type Request, type RequestHandler, type Response, Router, raw } from 'express';
import { countBytes } from '../http/byte-count.ts';
import { jsonBody } from '../http/json-body.ts';
import type { Logger } from '../lib/logger.ts';
import type { Pace } from '../lib/pace.ts';
import { Turns } from '../lib/turns.ts';
import type { BatchLimits } from './batch-reader.ts';
import { bulkDocs } from './bulk-docs.ts';
import { changes } from './changes.ts';
import { couchErrorHandler, notFound, tooManyRequests } from './couch-error.ts';
import type { DeviceLocals } from './device-locals.ts';
import { DeviceQuotas } from './device-quotas.ts';
import { answerAllDocs, answerBulkGet, answerDocument, answerRevsDiff } from './documents.ts';
import { answerGetLocal, deleteLocal, putLocal } from './local-documents.ts';
import { withMark } from './replica-mark.ts';
import type { SyncDatabase, SyncDirectory, SyncPrincipal } from './sync-database.ts';
import type { Observe, SyncObserver } from './sync-observer.ts';
import { answerDelete, answerPost, answerPut } from './writes.ts';

export interface SyncRouterOptions {
  readonly directory: SyncDirectory;
  /** Checks who asks, before the body is read. */
  readonly authenticate: RequestHandler;
  readonly principalOf: (request: Request) => SyncPrincipal;
  /** Whether a path segment names a document type: the routes of one type. */
  readonly isType: (segment: string) => boolean;
  /** Of a body that is read whole. */
  readonly maxBodyBytes: number;
  readonly maxDocumentBytes: number;
  readonly logger: Pick<Logger, 'error'>;
  /** Names this server to clients, which make their checkpoint ids from it. */
  readonly serverId: string;
  /** Which local documents devices have. */
  readonly locals: Pick<DeviceLocals, 'note' | 'drop'>;
  /** Is told what devices do. */
  readonly observer: SyncObserver;
  readonly pace: Pick<Pace, 'came' | 'charge' | 'giveWay'>;
}

/** Requests of one device, and of one account, that are worked at beside each other; longpolls are not counted. */
const TURNS = { perHolder: 4, perGroup: 8, waiting: 64 };

type Answer = (database: SyncDatabase, request: Request, response: Response, observe: Observe) => Promise<void>;

export function createSyncRouter(options: SyncRouterOptions): Router {
  const { directory, principalOf, isType, observer, locals, pace } = options;
  const limits = batchLimits(options);
  const whole = { limitBytes: Math.min(options.maxBodyBytes, limits.keptBytes), strict: false, anyText: true };
  // No id or revision may stop a device from asking for the others.
  const lookUp = jsonBody({ ...whole, anyDepth: true });
  const turns = new Turns(TURNS);
  const quotas = new DeviceQuotas();
  const router = Router({ caseSensitive: true, strict: false });
  router.use((request, response, next) => {
    // What one person may see is nobody else's to keep, and is data whatever it looks like.
    response.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
    // Express would answer it by itself, with a list of methods.
    if (request.method === 'OPTIONS') throw unserved();
    next();
  });

  // Open, as PouchDB asks before it has anything to show.
  router.get('/', (_request, response) => {
    response.json({
      couchdb: 'Welcome',
      version: '3.5.0',
      uuid: options.serverId,
      vendor: { name: 'VitaSync' },
      features: [],
    });
  });

  const serve =
    (answer: Answer): RequestHandler =>
    async (request, response) => {
      const { database: name = '', type } = request.params as { database?: string; type?: string };
      const principal = principalOf(request);
      const database = await directory.open(principal, name, type);
      const userAgent = request.get('user-agent');
      const { replica } = database;
      const contact = { principal, database: database.name, source: database.source.name, type, userAgent, replica };
      const counted = countBytes(request, response);
      response.once('close', () => observer(contact, { kind: 'request_ended', ...counted() }));
      response.locals.isAtWork = true;
      try {
        await answer(database, request, response, (event) => observer(contact, event));
      } finally {
        database.release();
        leave(response);
      }
    };

  /** Before the body is read: who has to wait costs nothing meanwhile. */
  const inTurn: RequestHandler = async (request, response, next) => {
    const principal = principalOf(request);
    pace.came(principal.userId);
    pace.charge(principal.userId, workToRead(request));
    const release = isLongpoll(request) ? () => {} : await turns.take(principal.userId, deviceOf(principal));
    if (!release) throw tooManyRequests('Too many requests of this account wait already: send fewer at a time.', 5);
    response.locals.leave = release;
    // What goes on working after the device has gone keeps its place.
    response.once('close', () => {
      if (!response.locals.isAtWork) release();
    });
    // A rest after what was done before.
    await pace.giveWay(principal.userId);
    if (response.closed) release();
    else next();
  };

  const routes = Router({ mergeParams: true, caseSensitive: true });
  // Reads its body itself, row by row.
  routes.post('/_bulk_docs', serve(bulkDocs(limits, quotas)));
  routes.post('/_bulk_get', ...lookUp, serve(answerBulkGet));
  routes.post('/_revs_diff', ...lookUp, serve(answerRevsDiff));
  // Whatever its body is, it says nothing.
  routes.post('/_ensure_full_commit', raw({ limit: whole.limitBytes, type: () => true }), serve(answerFullCommit));
  routes.use(...jsonBody(whole));
  routes.get('/', serve(answerInfo));
  routes.post('/', serve(answerPost));
  routes.get('/_changes', serve(changes(quotas)));
  routes.post('/_changes', serve(changes(quotas)));
  routes.get('/_all_docs', serve(answerAllDocs));
  routes.post('/_all_docs', serve(answerAllDocs));
  routes.get('/_local/:id', serve(answerGetLocal));
  routes.put('/_local/:id', serve(putLocal(locals)));
  routes.delete('/_local/:id', serve(deleteLocal(locals)));
  routes.get('/:id', serve(answerDocument));
  routes.put('/:id', serve(answerPut));
  routes.delete('/:id', serve(answerDelete));

  router.use('/:database', options.authenticate, inTurn);
  router.use('/:database/:type', (request, response, next) => {
    if (isType(String(request.params.type))) routes(request, response, next);
    else next();
  });
  router.use('/:database', routes);
  router.use(() => {
    throw unserved();
  });
  router.use(couchErrorHandler(options.logger));
  return router;
}

const unserved = () => notFound('The sync gateway does not serve this.');

export const deviceOf = ({ deviceId, userId }: SyncPrincipal): string => deviceId ?? `user-${userId}`;

/** To parse JSON, and to look through what it holds. */
const MS_PER_MEGABYTE = 40;
/** About as many milliseconds as it takes to read a request; what is done about it is measured piece by piece. */
const workToRead = (request: Request): number =>
  1 + (MS_PER_MEGABYTE * (Number(request.get('content-length')) || 0)) / 1_048_576;

const isLongpoll = (request: Request): boolean =>
  request.query.feed === 'longpoll' && request.path.endsWith('/_changes') && request.method === 'GET';

const leave = (response: Response): void => (response.locals.leave as (() => void) | undefined)?.();

/** Of documents of the largest size, a push may hold as many as stock clients send at once. */
const BATCH_DOCUMENTS = 100;
const LEAST_BATCH_BYTES = 256 * 1_048_576;
/** Beside the document, its id, its revision and a thousand ancestors. */
const ROW_EXTRA_BYTES = 128 * 1_024;
/** CouchDB takes documents of 8 MB: as a text in a held write, quotes take two bytes. */
const LEAST_KEPT_BYTES = 3 * 1_048_576;

function batchLimits({ maxBodyBytes, maxDocumentBytes }: SyncRouterOptions): BatchLimits {
  const parsedBytes = maxDocumentBytes + ROW_EXTRA_BYTES;
  return {
    parsedBytes,
    keptBytes: Math.max(LEAST_KEPT_BYTES, parsedBytes),
    bodyBytes: Math.max(LEAST_BATCH_BYTES, maxBodyBytes, BATCH_DOCUMENTS * (parsedBytes + ROW_EXTRA_BYTES)),
  };
}

const answerInfo: Answer = async (database, _request, response) => {
  const { docCount, updateSeq } = await database.source.info();
  response.json({
    db_name: database.name,
    doc_count: docCount,
    update_seq: withMark(updateSeq, database.replica),
    instance_start_time: '0',
    compact_running: false,
  });
};

/** Each write is durable before it is answered, so there is nothing left to do. CouchDB's replicator asks for it. */
const answerFullCommit: Answer = async (_database, _request, response) => {
  response.status(201).json({ ok: true, instance_start_time: '0' });
};
