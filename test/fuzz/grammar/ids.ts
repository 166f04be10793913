/** Ids of documents: of the lane, of others, and of nothing that could be. */
import { DOCUMENT_TYPES } from '../../../shared-schemas/document-types.ts';
import { happens } from '../../property/seeded-random.ts';
import { anyPatientId, anySlot, newUlidOf, type Scene } from './scene.ts';
import { anyText } from './texts.ts';

const SPECIAL = [
  '_design/x',
  '_design/',
  '_local/x',
  '_local/',
  '_',
  '__proto__',
  '_all_docs',
  '_security',
  'constructor',
  'toString',
  '..',
  '../x',
  '.',
  '/',
  'a/b',
  '%2e%2e',
  'held:x',
  'account:x',
  'clinic:clinic:north',
  'clinic:clinic:Nord',
  'clinic:clinic:',
  'staff:staff:x',
  'drug:drug:x',
  'patient',
  ':',
  '::',
] as const;

/** A document that nobody made. */
export function unknownId(scene: Scene): string {
  const { random, lane } = scene;
  const type = random.pick(DOCUMENT_TYPES);
  const patientId = happens(random, 50) ? anyPatientId(scene) : `p${newUlidOf(random)}`;
  if (type === 'patient') return `${patientId}:patient`;
  return lane.claim(`${patientId}:${type}:${newUlidOf(random)}`);
}

/** A real id that is nearly one. */
function bent({ random }: Scene, id: string): string {
  const at = random.between(0, id.length);
  return random.pick([
    id.toUpperCase(),
    `${id} `,
    ` ${id}`,
    `${id}:`,
    `${id}:x`,
    `${id}\u0000`,
    `${id}\n`,
    id.replace(':', '/'),
    id.replace('p', '\u0440'),
    `${id.slice(0, at)}${anyText(random)}${id.slice(at)}`,
    `_${id}`,
    id.slice(0, at),
    `${id}${'x'.repeat(random.pick([100, 2_000, 3_000]))}`,
  ]);
}

export function anyId(scene: Scene): string {
  const kind = scene.random.between(0, 99);
  if (kind < 55) return anySlot(scene).id;
  if (kind < 70) return unknownId(scene);
  if (kind < 82) return bent(scene, anySlot(scene).id);
  if (kind < 94) return scene.random.pick(SPECIAL);
  return anyText(scene.random);
}

const BROKEN_ESCAPES = ['%', '%zz', '%c0%af', '%ed%a0%80', '%ff', '%u0041', 'a%', '%e2%82'] as const;

/** As a part of a path. What no client could encode is sent as the bytes that it would be. */
export function inPath({ random }: Scene, id: string): string {
  if (happens(random, 2)) return random.pick(BROKEN_ESCAPES);
  const encoded = encodeURIComponent(id.toWellFormed());
  if (!id.isWellFormed() && happens(random, 50)) return '%ED%A0%80';
  if (happens(random, 4)) return encodeURIComponent(encoded);
  if (happens(random, 4)) return encoded.toLowerCase();
  if (happens(random, 20)) return encoded.replaceAll('%3A', ':');
  if (happens(random, 3)) return `${encoded}/${random.pick(['', '.', '..', 'photo.jpg', '%2e%2e', '_rev'])}`;
  return encoded;
}
