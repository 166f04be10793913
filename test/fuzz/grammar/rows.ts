/** Rows of a push: good ones, such as an honest client would send, and whatever else could stand there. */
import { happens } from '../../property/seeded-random.ts';
import type { FuzzBatch, FuzzRow } from '../fuzz-input.ts';
import type { Slot } from '../lane.ts';
import { changedDocument, type Document, goodDocument, mutated, newOne } from './contents.ts';
import { anyId } from './ids.ts';
import { anyBase, anyPast, honestPast, type Past } from './revisions.ts';
import { anyLeaf, anySlot, type Scene } from './scene.ts';
import { anyJson, type Members, membersOf, NOT_JSON, objectOf, quoted } from './texts.ts';

type Mode = FuzzBatch['mode'];

function rowOf(text: string, isGood = false): FuzzRow {
  try {
    const { _id } = (JSON.parse(text) ?? {}) as { _id?: unknown };
    return { text, isGood, isBroken: false, ...(typeof _id === 'string' && { id: _id }) };
  } catch {
    return { text, isGood: false, isBroken: true };
  }
}

const pastMembers = ({ rev, revisions }: Past): Members => [
  ['_rev', rev],
  ...(revisions === undefined ? [] : ([['_revisions', revisions]] as const)),
];

export function goodRow(scene: Scene, mode: Mode, isReference: boolean): FuzzRow | undefined {
  const document = goodDocument(scene, isReference);
  if (!document) return undefined;
  const past = mode === 'revisions' ? pastMembers(honestPast(scene.random, undefined)) : [];
  return rowOf(objectOf([...membersOf(document), ...past]), true);
}

/** Who may not read it may not say where it goes: only of what somebody may write are its secrets kept safe from them. */
interface Draft {
  readonly document: Document;
  readonly slot?: Slot;
}

function draft(scene: Scene): Draft {
  const { random } = scene;
  if (happens(random, 25)) return { document: newOne(scene) };
  const slot = anySlot(scene);
  if (happens(random, 15)) return { document: { _id: slot.id, _deleted: true }, slot };
  return { document: changedDocument(scene, slot), slot };
}

function revisionMembers(scene: Scene, mode: Mode, id: string): Members {
  const leaves = scene.lane.leavesOf(id);
  if (mode === 'revisions' || happens(scene.random, 3)) {
    const past = anyPast(scene.random, anyLeaf(scene, id));
    return pastMembers(past);
  }
  const base = anyBase(scene, leaves);
  return base === undefined ? [] : [['_rev', base]];
}

const DELETED = ['true', 'false', '"true"', '1', 'null', '{}'] as const;

function documentRow(scene: Scene, mode: Mode): FuzzRow {
  const { random } = scene;
  const { document, slot } = draft(scene);
  let members: Members = [...membersOf(document), ...revisionMembers(scene, mode, document._id)];
  const faults = random.pick([0, 0, 0, 1, 1, 2, 4]);
  for (let fault = 0; fault < faults; fault++)
    members = mutated(scene, members, document._id, slot?.isGuarded ?? false);
  if (happens(random, 6)) members = [...members, ['_deleted', random.pick(DELETED)]];
  if (!happens(random, 8)) return rowOf(objectOf(members));
  const id = happens(random, 15) ? anyJson(random) : quoted(anyId(scene));
  // Under another id a secret would be one no longer.
  return rowOf(objectOf([...members, ['_id', id]]).replaceAll(/guard\w+/g, 'open'));
}

const LARGE_BYTES = [70_000, 1_100_000, 3_300_000] as const;

/** No document: not an object, one with nothing in it, one that is too large to be read. */
function strangeRow(scene: Scene): FuzzRow {
  const { random } = scene;
  if (happens(random, 3)) {
    const text = objectOf([...membersOf(newOne(scene)), ['notes', quoted('x'.repeat(random.pick(LARGE_BYTES)))]]);
    return rowOf(text);
  }
  if (happens(random, 40)) return rowOf(anyJson(random));
  return rowOf(
    random.pick(['5', 'null', '"text"', '[]', '{}', '{"_id":5}', '{"_id":""}', '{"_rev":"1-a"}', '{"_deleted":true}']),
  );
}

export function anyRow(scene: Scene, mode: Mode): FuzzRow {
  const kind = scene.random.between(0, 999);
  if (kind < 900) return documentRow(scene, mode);
  if (kind < 995) return strangeRow(scene);
  return rowOf(scene.random.pick(NOT_JSON));
}

/** The one document of a PUT or POST, as text. */
export const anyDocumentText = (scene: Scene): FuzzRow => anyRow(scene, 'edits');
