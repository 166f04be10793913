/** The stream of server-sent events that keeps open pages of the dashboard up to date. */
import type { Request, Response } from 'express';
import { type ApiRoute, route } from '../../http/api-route.ts';
import { HttpError } from '../../http/errors.ts';
import type { StoreReach, StoreWatch } from '../monitoring/health-store.ts';
import { type LiveChanges, TOPICS } from './live-changes.ts';

export interface EventsRoutesOptions {
  readonly changes: LiveChanges;
  readonly storeWatch: Pick<StoreWatch, 'reach' | 'onChange'>;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  /** Calls `listener` when the session ends before its time. */
  readonly onSessionEnd: (sessionId: string, listener: () => void) => () => void;
  /** Throws an HttpError where the request would not be let in any more. */
  readonly authenticate: (req: Request) => Promise<void>;
}

/** What `store` tells. */
export interface StoreNews {
  readonly reachable: boolean;
  /** ISO 8601. */
  readonly downSince?: string;
}

/** Proxies close connections on which nothing is sent. */
const BEAT_MS = 15_000;
/** Within the time for which a session is remembered. */
const CHECK_MS = 15_000;
/** Each is a socket and a few kilobytes. */
const MAX_STREAMS = 500;
/** How long a browser waits before it connects again. */
const RETRY_MS = 2_000;

export function eventsRoutes({
  changes,
  storeWatch,
  stopping,
  onSessionEnd,
  authenticate,
}: EventsRoutesOptions): ApiRoute[] {
  const open = new Set<Response>();
  return [
    route({
      method: 'get',
      path: '/admin/events',
      tag: 'dashboard',
      summary: 'Follow what changes',
      description:
        'Server-sent events. `changed` names the subjects of which something changed, as JSON `{"topics":[…]}`: ask for what is shown of ' +
        `them again. Topics: ${TOPICS.join(', ')}. \`store\`: whether the store can be reached, and since when not. \`ended\`: the session is over.`,
      access: { roles: ['admin'] },
      answers: {
        200: { description: 'A stream that does not end', mediaType: 'text/event-stream', schema: { type: 'string' } },
      },
      errors: ['unavailable'],
      handle: async ({ principal: { sessionId }, req }) => {
        if (open.size >= MAX_STREAMS) throw new HttpError('unavailable');
        return {
          stream: (res) => {
            if (req.method === 'HEAD') {
              res.type('text/event-stream').end();
              return;
            }
            open.add(res);
            const isOver = follow(res, changes, storeWatch);
            const over = () => res.end('event: ended\ndata: {}\n\n');
            const unsubscribe = onSessionEnd(sessionId, over);
            // A session also expires, and may have ended just before anybody listened. A store that fails says nothing about it.
            const check = setInterval(() => {
              authenticate(req).catch((error: unknown) => {
                if (error instanceof HttpError) over();
              });
            }, CHECK_MS).unref();
            const end = () => res.end();
            stopping.addEventListener('abort', end);
            res.once('close', () => {
              open.delete(res);
              isOver();
              clearInterval(check);
              unsubscribe();
              stopping.removeEventListener('abort', end);
            });
            if (stopping.aborted) end();
          },
        };
      },
    }),
  ];
}

/** Writes what changes until the function that it answers is called. */
function follow(res: Response, changes: LiveChanges, store: EventsRoutesOptions['storeWatch']): () => void {
  res.set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    // A proxy that gathers an answer before it passes it on would never pass this one on.
    'X-Accel-Buffering': 'no',
  });
  res.flushHeaders();
  res.write(`retry: ${RETRY_MS}\n`);
  send(res, 'hello', {});
  const tellStore = () => send(res, 'store', newsOf(store.reach()));
  tellStore();
  const beat = setInterval(() => res.write(': still here\n\n'), BEAT_MS).unref();
  const unsubscribe = changes.subscribe((topics) => send(res, 'changed', { topics }));
  const endStore = store.onChange(tellStore);
  return () => {
    clearInterval(beat);
    unsubscribe();
    endStore();
  };
}

const newsOf = ({ reachable, downSince }: StoreReach): StoreNews => ({ reachable, ...(downSince && { downSince }) });

const send = (res: Response, event: string, data: unknown): boolean =>
  res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
