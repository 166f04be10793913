/** `_changes`, as both clients ask for it, and otherwise. */
import { happens } from '../../property/seeded-random.ts';
import { anyId } from './ids.ts';
import type { Params, Question } from './lookups.ts';
import type { Scene } from './scene.ts';
import { anyJson, anyText, oddly, quoted } from './texts.ts';

/** A client that waits longer goes away. */
export const PATIENCE_MS = 200;

const ODD_POSITIONS = [
  '0',
  'now',
  '-1',
  '5',
  '999999999',
  '1-x',
  'null',
  '"0"',
  '0~x',
  '~',
  '1e9',
  '{}',
  '99-\u0000',
  '0-0~0~0',
] as const;

const positionOf = ({ random, lane }: Scene): string => {
  const kind = random.between(0, 99);
  if (kind < 75) return random.pick(lane.positions);
  if (kind < 85) return '0';
  return kind < 97 ? random.pick(ODD_POSITIONS) : anyText(random);
};

/** Few rows at a time: a database holds what every lane wrote. */
const limitOf = ({ random }: Scene): string => oddly(random, String(random.pick([0, 1, 2, 5, 20, 60])), 3);

function waiting(scene: Scene): Params {
  const { random } = scene;
  if (!happens(random, 15)) return [['feed', oddly(random, 'normal', 4)]];
  const isBeating = happens(random, 40);
  return [
    ['feed', 'longpoll'],
    ['timeout', happens(random, 90) ? String(random.pick([0, 1, 30, 60])) : oddly(random, '50', 100)],
    ...(isBeating ? [['heartbeat', oddly(random, random.pick(['true', '10000', '0', '100']))] as const] : []),
  ];
}

const OTHERS: readonly (readonly [name: string, value: string])[] = [
  ['attachments', 'true'],
  ['att_encoding_info', 'true'],
  ['filter', '_view'],
  ['filter', 'app/important'],
  ['filter', '_selector'],
  ['view', 'a/b'],
  ['last-event-id', '5'],
  ['seq_interval', '100'],
  ['include_docs', 'x'],
  ['feed', 'continuous'],
  ['feed', 'eventsource'],
];

export function changesFeed(scene: Scene): Question {
  const { random } = scene;
  const isFiltered = happens(random, 8);
  const params: Params = [
    ['since', positionOf(scene)],
    ['limit', limitOf(scene)],
    ...waiting(scene),
    ...(happens(random, 60) ? [['style', oddly(random, 'all_docs')] as const] : []),
    ...(happens(random, 60) ? [['include_docs', oddly(random, 'true', 5)] as const] : []),
    ...(happens(random, 10) ? [['conflicts', oddly(random, 'true')] as const] : []),
    ...(happens(random, 5) ? [['descending', oddly(random, 'true')] as const] : []),
    ...(isFiltered ? [['filter', oddly(random, '_doc_ids', 5)] as const] : []),
    ...(happens(random, 8) ? [random.pick(OTHERS)] : []),
  ];
  const ids = Array.from({ length: random.between(0, 4) }, () =>
    happens(random, 5) ? anyJson(random) : quoted(anyId(scene)),
  );
  return { params, body: happens(random, 92) ? `{"doc_ids":[${ids.join()}]}` : anyJson(random) };
}
