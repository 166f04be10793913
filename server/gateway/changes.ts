/** `_changes`: pages that are always filled, and longpolls that cost memory, not polling. */
import type { Request, Response } from 'express';
import { badRequest, notFound } from './couch-error.ts';
import { type DeviceQuotas, TOLD_SECONDS } from './device-quotas.ts';
import { answerPage, type FeedRequest, MAX_ROWS, readPage } from './feed-page.ts';
import { positionFrom } from './replica-mark.ts';
import type { FeedPage, SyncDatabase } from './sync-database.ts';
import type { Observe } from './sync-observer.ts';
import { count, documentList, flag, param, refuseParams } from './wire.ts';

const DEFAULT_TIMEOUT_MS = 60_000;
const SHORTEST_HEARTBEAT_MS = 10_000;
const FIRST_HEARTBEAT_MS = 100;

function parseFeed(request: Request, replica: string | undefined): FeedRequest {
  refuseParams(request, ['attachments', 'att_encoding_info', 'last-event-id']);
  const feed = param(request, 'feed') ?? 'normal';
  if (feed !== 'normal' && feed !== 'longpoll') throw badRequest('The feed must be normal or longpoll.');
  const filter = param(request, 'filter');
  if (filter === '_view' && param(request, 'view') === undefined) throw badRequest('The filter _view needs a view.');
  if (filter !== undefined && filter !== '_doc_ids')
    throw notFound('Filters by name are not served; only _doc_ids is.');
  const ids =
    filter === '_doc_ids'
      ? new Set(documentList(request.body, 'doc_ids').filter((id) => typeof id === 'string'))
      : undefined;
  const style = param(request, 'style') ?? 'main_only';
  if (style !== 'main_only' && style !== 'all_docs') throw badRequest('The style must be main_only or all_docs.');
  const heartbeat = param(request, 'heartbeat');
  const heartbeatMs = heartbeat === 'true' ? DEFAULT_TIMEOUT_MS : count(request, 'heartbeat', 3_600_000);
  return {
    since: positionFrom(param(request, 'since') ?? '0', replica),
    limit: Math.max(1, count(request, 'limit', MAX_ROWS) ?? MAX_ROWS),
    descending: flag(request, 'descending'),
    includeDocs: flag(request, 'include_docs'),
    conflicts: flag(request, 'conflicts'),
    allLeaves: style === 'all_docs',
    ...(ids && { ids }),
    longpoll: feed === 'longpoll',
    ...(heartbeatMs !== undefined && { heartbeatMs: Math.max(FIRST_HEARTBEAT_MS, heartbeatMs) }),
    timeoutMs: Math.min(count(request, 'timeout', DEFAULT_TIMEOUT_MS) ?? DEFAULT_TIMEOUT_MS, DEFAULT_TIMEOUT_MS),
  };
}

export const changes =
  (quotas: Pick<DeviceQuotas, 'openLongpoll'>) =>
  async (database: SyncDatabase, request: Request, response: Response, observe: Observe): Promise<void> => {
    const feed = parseFeed(request, database.replica);
    const isReplication = replicates(feed);
    if (isReplication) observe({ kind: 'feed_asked', since: feed.since, live: feed.longpoll });
    if (feed.longpoll) {
      observe({ kind: 'feed_opened' });
      await answerLongpoll(database, feed, response, observe, quotas).finally(() => observe({ kind: 'feed_closed' }));
      return;
    }
    const isLast = ({ results }: FeedPage) => results.length < feed.limit;
    const read = () => readPage(database, feed);
    const page = isReplication ? await database.pullPage(read, isLast) : await read();
    if (isReplication) notePage(database, isLast(page), response, observe);
    if (feed.includeDocs) observe({ kind: 'documents_sent', count: page.results.length });
    await answerPage(database, response, page, feed);
  };

/** Anything else is a look at some documents, which says nothing about where the device is. */
const replicates = ({ descending, ids }: FeedRequest): boolean => !descending && !ids;

function notePage(database: SyncDatabase, complete: boolean, response: Response, observe: Observe): void {
  response.once('finish', () => {
    observe({ kind: 'page_answered', complete });
    if (complete) database.pullAnswered?.();
  });
}

/**
 * Answers as soon as there is a row, or nothing when the time is over. Sends newlines meanwhile where asked to. From `now` the
 * time is over with a heartbeat as well: who waits there has no position yet to come back with.
 */
async function answerLongpoll(
  database: SyncDatabase,
  feed: FeedRequest,
  response: Response,
  observe: Observe,
  quotas: Pick<DeviceQuotas, 'openLongpoll'>,
): Promise<void> {
  const fromNow = feed.since === 'now';
  const wake = new Waiter(feed.heartbeatMs === undefined || fromNow ? feed.timeoutMs : undefined);
  const unsubscribe = database.onUpdate(() => wake.ring());
  const onEnd = () => wake.end();
  const onTooMany = () => observe({ kind: 'quota_reached', quota: 'longpolls', seconds: TOLD_SECONDS });
  const closeLongpoll = quotas.openLongpoll(database.device, onEnd, onTooMany);
  const unsubscribePull = replicates(feed) ? database.onPullAnswered?.(fromNow, onEnd) : undefined;
  database.ended.addEventListener('abort', onEnd);
  response.on('close', onEnd);
  const { heartbeatMs } = feed;
  const send = () => sendHeartbeat(response);
  // The first one comes when it was asked for: it tells that the device waits.
  const firstBeat = heartbeatMs === undefined ? undefined : setTimeout(send, heartbeatMs);
  const beat = heartbeatMs === undefined ? undefined : setInterval(send, Math.max(SHORTEST_HEARTBEAT_MS, heartbeatMs));
  try {
    const since = fromNow ? await database.startOfNow() : feed.since;
    let page = await readPage(database, { ...feed, since });
    while (page.results.length === 0 && !database.ended.aborted && (await wake.wait())) {
      page = await readPage(database, { ...feed, since: page.last_seq });
    }
    if (response.closed) return;
    if (database.ended.aborted) {
      response.destroy();
      return;
    }
    if (feed.includeDocs) observe({ kind: 'documents_sent', count: page.results.length });
    await answerPage(database, response, page, feed);
  } finally {
    clearTimeout(firstBeat);
    clearInterval(beat);
    closeLongpoll();
    wake.end();
    unsubscribe();
    unsubscribePull?.();
    database.ended.removeEventListener('abort', onEnd);
  }
}

function sendHeartbeat(response: Response): void {
  if (response.closed) return;
  if (!response.headersSent) response.status(200).type('application/json');
  response.write('\n');
}

/** A bell that can ring before anyone waits for it. */
class Waiter {
  #rung = false;
  #over = false;
  #notify: () => void = () => {};
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number | undefined) {
    this.#timer = timeoutMs === undefined ? undefined : setTimeout(() => this.end(), timeoutMs);
  }

  ring(): void {
    this.#rung = true;
    this.#notify();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#over = true;
    this.#notify();
  }

  /** True when it rang, false when the time is over. */
  async wait(): Promise<boolean> {
    if (!this.#rung && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
    const rung = this.#rung;
    this.#rung = false;
    return rung && !this.#over;
  }
}
