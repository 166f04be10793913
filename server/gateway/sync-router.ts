/**
 * The sync gateway: of CouchDB's interface, what replication needs and nothing else. Whatever is not listed here is 404.
 * `/<database>/…` speaks to PouchDB, `/<database>/<type>/…` is the same limited to one type, for RxDB.
 */
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { countBytes } from '../http/byte-count.ts';
import { jsonBody } from '../http/json-body.ts';
import type { Logger } from '../lib/logger.ts';
import { answerChanges } from './changes.ts';
import { couchErrorHandler, notFound } from './couch-error.ts';
import { answerAllDocs, answerBulkGet, answerDocument, answerRevsDiff } from './documents.ts';
import { answerDeleteLocal, answerGetLocal, answerPutLocal } from './local-documents.ts';
import { withMark } from './replica-mark.ts';
import type { SyncDatabase, SyncDirectory, SyncPrincipal } from './sync-database.ts';
import type { Observe, SyncObserver } from './sync-observer.ts';
import { answerBulkDocs, answerDelete, answerPost, answerPut } from './writes.ts';

export interface SyncRouterOptions {
  readonly directory: SyncDirectory;
  /** Checks who asks, before the body is read. */
  readonly authenticate: RequestHandler;
  readonly principalOf: (request: Request) => SyncPrincipal;
  /** Whether a path segment names a document type: the routes of one type. */
  readonly isType: (segment: string) => boolean;
  readonly maxBodyBytes: number;
  readonly logger: Pick<Logger, 'error'>;
  /** Names this server to clients, which make their checkpoint ids from it. */
  readonly serverId: string;
  /** Is told what devices do. */
  readonly observer: SyncObserver;
}

type Answer = (database: SyncDatabase, request: Request, response: Response, observe: Observe) => Promise<void>;

export function createSyncRouter(options: SyncRouterOptions): Router {
  const { directory, principalOf, isType, observer } = options;
  // No text of one document may stop a device from pushing the others.
  const json = jsonBody({ limitBytes: options.maxBodyBytes, strict: false, anyText: true });
  const router = Router({ caseSensitive: true, strict: false });

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
      try {
        await answer(database, request, response, (event) => observer(contact, event));
      } finally {
        database.release();
      }
    };

  const routes = Router({ mergeParams: true, caseSensitive: true });
  routes.get('/', serve(answerInfo));
  routes.post('/', serve(answerPost));
  routes.get('/_changes', serve(answerChanges));
  routes.post('/_changes', serve(answerChanges));
  routes.post('/_bulk_get', serve(answerBulkGet));
  routes.post('/_bulk_docs', serve(answerBulkDocs));
  routes.post('/_revs_diff', serve(answerRevsDiff));
  routes.get('/_all_docs', serve(answerAllDocs));
  routes.post('/_all_docs', serve(answerAllDocs));
  routes.get('/_local/:id', serve(answerGetLocal));
  routes.put('/_local/:id', serve(answerPutLocal));
  routes.delete('/_local/:id', serve(answerDeleteLocal));
  routes.get('/:id', serve(answerDocument));
  routes.put('/:id', serve(answerPut));
  routes.delete('/:id', serve(answerDelete));

  router.use('/:database', options.authenticate, ...json);
  router.use('/:database/:type', (request, response, next) => {
    if (isType(String(request.params.type))) routes(request, response, next);
    else next();
  });
  router.use('/:database', routes);
  router.use(() => {
    throw notFound('The sync gateway does not serve this.');
  });
  router.use(couchErrorHandler(options.logger));
  return router;
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
