/** Questions about many documents: `_bulk_get`, `_revs_diff`, `_all_docs`. */
import { happens } from '../../property/seeded-random.ts';
import { anyId } from './ids.ts';
import { anyRevision } from './revisions.ts';
import { anySlot, type Scene } from './scene.ts';
import { anyJson, NOT_JSON, oddly, quoted } from './texts.ts';

export type Params = readonly (readonly [name: string, value: string])[];
export interface Question {
  readonly params: Params;
  readonly body: string;
}

const flags = ({ random }: Scene, names: readonly string[], percent: number): Params =>
  names.filter(() => happens(random, percent)).map((name) => [name, oddly(random, 'true', 6)]);

/** Lists are short mostly; a long one is of what is not there, as honest clients ask for thousands of documents. */
function listOf(scene: Scene, item: () => string): string {
  const { random } = scene;
  const count = happens(random, 2) ? random.pick([300, 1_000]) : random.pick([0, 1, 1, 2, 3, 5, 12]);
  const items = Array.from({ length: count }, item);
  return `[${items.join()}]`;
}

const around = ({ random }: Scene, text: string): string =>
  happens(random, 5) ? (happens(random, 40) ? random.pick(NOT_JSON) : anyJson(random)) : text;

export function bulkGet(scene: Scene): Question {
  const { random, lane } = scene;
  const item = () => {
    const id = happens(random, 80) ? anySlot(scene).id : anyId(scene);
    if (happens(random, 6)) return anyJson(random);
    const rev = happens(random, 75)
      ? `,"rev":${happens(random, 5) ? anyJson(random) : quoted(anyRevision(scene, lane.leavesOf(id)))}`
      : '';
    return `{"id":${happens(random, 3) ? anyJson(random) : quoted(id)}${rev}${happens(random, 5) ? `,"atts_since":${anyJson(random)}` : ''}}`;
  };
  const params = flags(scene, ['revs', 'latest', 'attachments', 'conflicts'], 45);
  return { params, body: around(scene, `{"docs":${listOf(scene, item)}}`) };
}

export function revsDiff(scene: Scene): Question {
  const { random, lane } = scene;
  const item = () => {
    const id = anyId(scene);
    const revs = listOf(scene, () =>
      happens(random, 4) ? anyJson(random) : quoted(anyRevision(scene, lane.leavesOf(id))),
    );
    return `${quoted(id)}:${happens(random, 4) ? anyJson(random) : revs}`;
  };
  const count = random.pick([0, 1, 2, 3, 8]);
  return { params: [], body: around(scene, `{${Array.from({ length: count }, item).join()}}`) };
}

const KEYS = ['startkey', 'start_key', 'endkey', 'end_key', 'key'] as const;

/** Ranges begin within the lane: a database holds what every lane wrote. */
export function allDocs(scene: Scene): Question {
  const { random } = scene;
  const keys = listOf(scene, () => (happens(random, 4) ? anyJson(random) : quoted(anyId(scene))));
  const isByKeys = happens(random, 80);
  const ranged = KEYS.filter(() => happens(random, 30)).map(
    (name) => [name, oddly(random, quoted(anyId(scene)))] as const,
  );
  const params: Params = [
    ...flags(scene, ['include_docs'], 70),
    ...flags(scene, ['descending', 'conflicts'], 8),
    ...flags(scene, ['attachments', 'update_seq'], 1),
    ...(isByKeys ? [] : [['limit', oddly(random, String(random.pick([0, 1, 10, 50])), 4)] as const, ...ranged]),
    ...(happens(random, 8) ? [['skip', oddly(random, String(random.between(0, 20)))] as const] : []),
    ...(happens(random, 8) ? [['inclusive_end', oddly(random, 'false')] as const] : []),
    ...(isByKeys && happens(random, 30) ? [['keys', oddly(random, keys)] as const] : []),
  ];
  const body = isByKeys
    ? `{"keys":${keys},"include_docs":${happens(random, 90) ? 'true' : anyJson(random)},"deleted":"ok"}`
    : '{}';
  return { params, body: around(scene, body) };
}
