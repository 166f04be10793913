/** Requests for one document, and for a checkpoint. */
import { happens } from '../../property/seeded-random.ts';
import { anyId, inPath } from './ids.ts';
import type { Params } from './lookups.ts';
import { anyRevision } from './revisions.ts';
import { anyRow } from './rows.ts';
import type { Scene } from './scene.ts';
import { anySlot } from './scene.ts';
import { anyJson, anyText, oddly, quoted } from './texts.ts';

export interface Single {
  readonly method: string;
  /** Behind the address of the database. */
  readonly path: string;
  readonly params: Params;
  readonly body?: string;
  /** The document that it names, where it can be named. */
  readonly id?: string;
}

const FLAGS = ['revs', 'conflicts', 'latest', 'revs_info', 'meta', 'attachments'] as const;
const REFUSED_FLAGS = ['local_seq', 'att_encoding_info', 'atts_since', 'deleted_conflicts'] as const;

function openRevs(scene: Scene, id: string): string {
  const { random, lane } = scene;
  const revs = Array.from({ length: random.between(0, 3) }, () => anyRevision(scene, lane.leavesOf(id)));
  return random.pick(['all', quoted(revs), quoted(revs), anyJson(random).slice(0, 500)]);
}

const someId = (scene: Scene): string => (happens(scene.random, 75) ? anySlot(scene).id : anyId(scene));

export function getDocument(scene: Scene): Single {
  const { random, lane } = scene;
  const id = someId(scene);
  const params: Params = [
    ...FLAGS.filter(() => happens(random, 12)).map((name) => [name, oddly(random, 'true', 5)] as const),
    ...REFUSED_FLAGS.filter(() => happens(random, 1)).map((name) => [name, oddly(random, 'true')] as const),
    ...(happens(random, 40) ? [['rev', anyRevision(scene, lane.leavesOf(id))] as const] : []),
    ...(happens(random, 25) ? [['open_revs', openRevs(scene, id)] as const] : []),
  ];
  return { method: random.pick(['GET', 'GET', 'GET', 'HEAD']), path: `/${inPath(scene, id)}`, params };
}

/** Of an id that is encoded twice or cut short the named document is another one; a slash behind it says nothing. */
const namedBy = (path: string): string | undefined => {
  try {
    return decodeURIComponent(path.slice(1).replace(/\/$/, ''));
  } catch {
    return undefined;
  }
};

export function putDocument(scene: Scene): Single {
  const { random, lane } = scene;
  const row = anyRow(scene, 'edits');
  const id = happens(random, 85) && row.id !== undefined ? row.id : someId(scene);
  const path = `/${inPath(scene, id)}`;
  const rev = happens(random, 20) ? ([['rev', anyRevision(scene, lane.leavesOf(id))]] as const) : [];
  const others: Params = happens(random, 5)
    ? [[random.pick(['new_edits', 'batch', 'w']), oddly(random, 'false', 50)]]
    : [];
  const named = namedBy(path);
  const body = named === row.id ? row.text : row.text.replaceAll(/guard\w+/g, 'open');
  return { method: 'PUT', path, params: [...rev, ...others], body, ...(named !== undefined && { id: named }) };
}

export function postDocument(scene: Scene): Single {
  const row = anyRow(scene, 'edits');
  return {
    method: 'POST',
    path: scene.random.pick(['', '/']),
    params: [],
    body: row.text,
    ...(row.id !== undefined && { id: row.id }),
  };
}

export function deleteDocument(scene: Scene): Single {
  const { random, lane } = scene;
  const id = someId(scene);
  const path = `/${inPath(scene, id)}`;
  const [winner] = lane.leavesOf(id);
  const rev = winner && happens(random, 70) ? winner.rev : anyRevision(scene, lane.leavesOf(id));
  const named = namedBy(path);
  const params: Params = happens(random, 90) ? [['rev', rev]] : [];
  return { method: 'DELETE', path, params, ...(named !== undefined && { id: named }) };
}

const LOCAL_IDS = [
  'a',
  'b',
  'c',
  'rx',
  'x.y',
  '%2e%2e',
  '..',
  'a%2Fb',
  '_design%2fx',
  '%00',
  '__proto__',
  'x'.repeat(3_000),
] as const;

function localBody({ random }: Scene, rev: string | undefined): string {
  if (happens(random, 10)) return anyJson(random);
  const members = [
    `"last_seq":${happens(random, 80) ? quoted(random.pick(['0', '5', '9-x', '1-x~y'])) : anyJson(random)}`,
    `"history":${happens(random, 70) ? '[{"last_seq":"5","session_id":"s"}]' : anyJson(random)}`,
    ...(rev === undefined ? [] : [`"_rev":${quoted(rev)}`]),
    ...(happens(random, 15)
      ? [
          `${quoted(random.pick(['_id', '_revisions', '_attachments', '_deleted', '_foo', '__proto__', 'x']))}:${anyJson(random)}`,
        ]
      : []),
    ...(happens(random, 2) ? [`"x":${quoted('x'.repeat(random.pick([60_000, 70_000])))}`] : []),
  ];
  return `{${members.join()}}`;
}

/** Ids are few, so that some of them are there. */
export function localDocument(scene: Scene): Single {
  const { random } = scene;
  const method = random.pick(['GET', 'GET', 'PUT', 'PUT', 'PUT', 'DELETE']);
  const id = happens(random, 70)
    ? random.pick(LOCAL_IDS.slice(0, 4))
    : happens(random, 70)
      ? random.pick(LOCAL_IDS)
      : encodeURIComponent(anyText(random).toWellFormed());
  const rev = happens(random, 50) ? random.pick(['0-1', '0-2', '0-3', '1-a', anyText(random)]) : undefined;
  const params: Params = method === 'DELETE' && rev !== undefined ? [['rev', rev]] : [];
  return { method, path: `/_local/${id}`, params, ...(method === 'PUT' && { body: localBody(scene, rev) }) };
}

const UNSERVED = [
  ['PUT', ''],
  ['DELETE', ''],
  ['PATCH', '/x'],
  ['GET', '/_design/x'],
  ['PUT', '/_design/x'],
  ['GET', '/_design/x/_view/y'],
  ['POST', '/_find'],
  ['POST', '/_index'],
  ['POST', '/_ensure_full_commit'],
  ['POST', '/_purge'],
  ['POST', '/_compact'],
  ['GET', '/_security'],
  ['PUT', '/_security'],
  ['GET', '/_local_docs'],
  ['GET', '/_revs_limit'],
  ['POST', '/_missing_revs'],
  ['GET', '/_bulk_docs'],
  ['GET', '/_revs_diff'],
  ['PUT', '/_changes'],
  ['OPTIONS', '/_changes'],
  ['TRACE', '/'],
  ['SEARCH', '/_all_docs'],
  ['GET', '/_local'],
  ['GET', '//_all_docs'],
  ['GET', '/../../api/accounts'],
  ['POST', '/_all_docs/queries'],
  ['GET', '/a/b/c/d'],
] as const;

export function unserved(scene: Scene): Single {
  const { random } = scene;
  const [method, path] = random.pick(UNSERVED);
  return { method, path, params: [], ...(happens(random, 40) && method !== 'TRACE' && { body: anyJson(random) }) };
}
