/** Inputs: a request to some endpoint, mostly as a client would send it, with faults at every level. */
import { happens } from '../../property/seeded-random.ts';
import type { FuzzInput } from '../fuzz-input.ts';
import { type Address, anyAddress, anyHeaders, queryOf } from './addresses.ts';
import { anyBatch, isOnePortion } from './batches.ts';
import { changesFeed, PATIENCE_MS } from './feeds.ts';
import { allDocs, bulkGet, type Params, type Question, revsDiff } from './lookups.ts';
import { rawBytes } from './raw-http.ts';
import type { Scene } from './scene.ts';
import {
  deleteDocument,
  getDocument,
  localDocument,
  postDocument,
  putDocument,
  type Single,
  unserved,
} from './singles.ts';
import { inTransport, type Sent } from './transport.ts';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly params?: Params;
  readonly sent?: Sent;
  readonly more?: Partial<FuzzInput>;
}

type Maker = (scene: Scene, address: Address) => Request;

function pushed(scene: Scene, address: Address): Request {
  const batch = anyBatch(scene, address);
  const sent = inTransport(scene.random, batch.text);
  const ids = batch.rows.flatMap(({ id }) => id ?? []);
  return {
    method: 'POST',
    path: '/_bulk_docs',
    sent,
    more: {
      named: ids,
      isInParts: !isOnePortion(batch),
      batch: {
        rows: batch.rows,
        mode: batch.mode,
        isReadable: batch.isReadable && isOnePortion(batch) && sent.isWhole,
      },
    },
  };
}

const asked =
  (path: string, question: (scene: Scene) => Question, methods: readonly string[] = ['POST']): Maker =>
  (scene) => {
    const { params, body } = question(scene);
    const method = scene.random.pick(methods);
    return { method, path, params, ...(method === 'POST' && { sent: inTransport(scene.random, body) }) };
  };

const single =
  (make: (scene: Scene) => Single): Maker =>
  (scene) => {
    const { method, path, params, body, id } = make(scene);
    const sent = body === undefined ? {} : { sent: inTransport(scene.random, body) };
    return { method, path, params, ...sent, more: { named: id === undefined ? [] : [id] } };
  };

function feed(scene: Scene, address: Address): Request {
  const request = asked('/_changes', changesFeed, ['GET', 'GET', 'POST'])(scene, address);
  const mayWait = request.params?.some(([name, value]) => name === 'feed' && value === 'longpoll') ?? false;
  return { ...request, ...(mayWait && { more: { patienceMs: PATIENCE_MS } }) };
}

/**
 * About a patient that is not there: where Node finds a fault behind a request that is well, it ends the connection while the
 * request is worked at, and nobody knows when that is over.
 */
function raw(scene: Scene, { path }: Address): Request {
  const { text } = anyBatch(scene, { path, isTyped: false, isReference: false, isOwn: false });
  const target = scene.random.pick(['/_bulk_docs', '/_changes', '/_all_docs', '/_bulk_get', '/_local/a', '/', '']);
  const body = text.slice(0, 50_000).replaceAll(/p[0-9a-z]{26}/g, `p${'0'.repeat(26)}`);
  return { method: '', path: target, more: { bytes: rawBytes(scene, `${path}${target}`, body) } };
}

/** Each with how often it comes, of all together. */
const ENDPOINTS: Readonly<Record<string, readonly [weight: number, make: Maker]>> = {
  _bulk_docs: [34, pushed],
  _bulk_get: [8, asked('/_bulk_get', bulkGet)],
  _revs_diff: [7, asked('/_revs_diff', revsDiff)],
  _all_docs: [8, asked('/_all_docs', allDocs, ['GET', 'POST', 'POST'])],
  _changes: [10, feed],
  _ensure_full_commit: [1, asked('/_ensure_full_commit', allDocs)],
  _local: [8, single(localDocument)],
  get: [8, single(getDocument)],
  put: [6, single(putDocument)],
  post: [3, single(postDocument)],
  delete: [3, single(deleteDocument)],
  info: [2, (scene) => ({ method: scene.random.pick(['GET', 'HEAD']), path: scene.random.pick(['', '/']) })],
  unserved: [3, single(unserved)],
  raw: [2, raw],
};
export const ENDPOINT_NAMES: readonly string[] = Object.keys(ENDPOINTS);

function anyEndpoint({ random }: Scene, wanted: readonly string[]): [name: string, make: Maker] {
  const among = wanted.flatMap((name) => (ENDPOINTS[name] ? [[name, ...ENDPOINTS[name]] as const] : []));
  let left = random.next() * among.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight, make] of among) {
    left -= weight;
    if (left < 0) return [name, make];
  }
  throw new RangeError(`there are no such endpoints; there are ${ENDPOINT_NAMES.join(', ')}`);
}

const TYPED_PERCENT = 30;

export function makeInput(scene: Scene, wanted: readonly string[] = ENDPOINT_NAMES): FuzzInput {
  const { random, person, lane } = scene;
  const [endpoint, make] = anyEndpoint(scene, wanted);
  const address = anyAddress(scene, TYPED_PERCENT);
  const { method, path, params = [], sent, more = {} } = make(scene, address);
  const { headers, isAuthorized } = anyHeaders(scene);
  const { batch, named = [], ...rest } = more;
  const isWelcome = endpoint === 'info' && happens(random, 20);
  return {
    endpoint,
    person,
    isTyped: address.isTyped,
    method,
    path: isWelcome ? '/sync/' : `${address.path}${path}${queryOf(random, params)}`,
    headers: { ...sent?.headers, ...headers },
    ...(sent?.body && { body: sent.body }),
    ...(sent?.pieceBytes !== undefined && { pieceBytes: sent.pieceBytes }),
    ...rest,
    named: [...new Set(named)].filter((id) => lane.isOwn(id)),
    ...(batch && {
      batch: { ...batch, isReadable: batch.isReadable && isAuthorized && address.isOwn && !('expect' in headers) },
    }),
  };
}
