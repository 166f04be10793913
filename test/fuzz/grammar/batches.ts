/** Pushes: `_bulk_docs` of good rows and bad ones. */
import { happens } from '../../property/seeded-random.ts';
import type { FuzzBatch, FuzzRow } from '../fuzz-input.ts';
import type { Address } from './addresses.ts';
import { anyRow, goodRow } from './rows.ts';
import type { Scene } from './scene.ts';
import { anyJson, nested, quoted } from './texts.ts';

export interface Batch extends FuzzBatch {
  readonly text: string;
}

/** What is written before the end is read cannot be undone: larger bodies are not held against it. */
export const PORTION_BYTES = 1_000_000;
const PORTION_ROWS = 90;

function rowsOf(scene: Scene, mode: FuzzBatch['mode'], { isOwn, isTyped, isReference }: Address): FuzzRow[] {
  const { random } = scene;
  const count = happens(random, 1) ? random.pick([60, 130]) : random.pick([0, 1, 1, 1, 2, 2, 5]);
  const rows = Array.from({ length: count }, () => anyRow(scene, mode));
  // What is the same row twice is one document.
  const [first] = rows;
  if (first && happens(random, 5)) rows.push(first);
  // On the route of a type an honest client sends rows of that type only; the server takes others as well.
  const good = isOwn && !isTyped && happens(random, 70) ? goodRow(scene, mode, isReference) : undefined;
  if (good) rows.splice(random.between(0, rows.length), 0, good);
  return rows;
}

function newEditsOf({ random }: Scene, mode: FuzzBatch['mode']): string | undefined {
  if (happens(random, 4)) return anyJson(random);
  if (mode === 'revisions') return 'false';
  return happens(random, 60) ? undefined : 'true';
}

/** A member of no meaning, which may look like one with a meaning. */
function extra({ random }: Scene): readonly [string, string] {
  const text = happens(random, 50)
    ? anyJson(random)
    : random.pick([nested(100), quoted('"docs":[{}]'), '"]}"', quoted('x'.repeat(3_000))]);
  return [random.pick(['w', 'docs2', '', 'new_edit', '__proto__', 'all_or_nothing', 'Docs', 'x'.repeat(3_000)]), text];
}

/** Ten thousand rows at once would use up what the server keeps of a device in an hour. */
const fewOf = (list: string): string => (list.length > 2_000 ? '{}' : list);

const SPACE = ['', '', '', ' ', '\n', '\t \r\n'] as const;

export function anyBatch(scene: Scene, address: Address): Batch {
  const { random } = scene;
  const asked = happens(random, 60) ? 'revisions' : 'edits';
  const rows = rowsOf(scene, asked, address);
  const newEdits = newEditsOf(scene, asked);
  const space = () => random.pick(SPACE);
  const isOddList = happens(random, 2);
  const docs = isOddList
    ? fewOf(anyJson(random))
    : `[${space()}${rows.map(({ text }) => text).join(`${space()},${space()}`)}${space()}]`;
  const members: (readonly [string, string])[] = [['docs', docs]];
  if (newEdits !== undefined) members.splice(random.between(0, 1), 0, ['new_edits', newEdits]);
  for (let more = random.pick([0, 0, 0, 1, 2]); more > 0; more--)
    members.splice(random.between(0, members.length), 0, extra(scene));
  const isTwice = happens(random, 1);
  if (isTwice) members.push(['docs', '[]']);
  const text = `${space()}{${members.map(([key, value]) => `${space()}${quoted(key)}${space()}:${space()}${value}`).join()}${space()}}${space()}`;
  const isSaid = newEdits === undefined || newEdits === 'true' || newEdits === 'false';
  const mode = newEdits === 'false' ? 'revisions' : 'edits';
  const isReadable = isSaid && !isOddList && !isTwice && rows.every(({ isBroken }) => !isBroken);
  return { text, rows: isOddList ? [] : rows, mode, isReadable };
}

/** Whether all of it is read before anything of it is written. */
export const isOnePortion = ({ text, rows }: Batch): boolean =>
  text.length < PORTION_BYTES && rows.length < PORTION_ROWS && text.split(',').length < 9_000;
