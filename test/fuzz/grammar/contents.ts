/** What documents say: of every type, well formed, and with single fields that are not. */
import { type DocumentType, fieldsOf } from '../../../shared-schemas/document-types.ts';
import { parseId } from '../../../shared-schemas/ids.ts';
import { happens } from '../../property/seeded-random.ts';
import { authored, type ClinicalType, edited, newDocument, newPatient } from '../../support/network.ts';
import type { Random } from '../../support/random.ts';
import type { Slot } from '../lane.ts';
import { type Person, seenBy } from '../person.ts';
import { anyLeaf, anyPatientId, newUlidOf, type Scene } from './scene.ts';
import { anyJson, anyText, type Members } from './texts.ts';

type Fields = Readonly<Record<string, unknown>>;
export type Document = Fields & { readonly _id: string };

const CLINICAL: readonly ClinicalType[] = ['record', 'prescription', 'procedure', 'vaccine', 'vital', 'appointment'];
const LATER = '2099-02-05T10:00:00.000Z';

/** Changes that fit the schema; whether somebody may make them is another question. */
const CHANGES: Readonly<Record<DocumentType, (random: Random, person: Person) => readonly Fields[]>> = {
  patient: (random) => [
    { phoneNumber: String(random.between(100, 999)) },
    { email: `a${random.between(1, 9)}@b.example` },
    { allergies: [{ substance: `Dust ${random.between(1, 9)}`, severity: 'mild' }] },
    { lastName: `Name ${random.between(1, 99)}` },
    { clinicIds: random.pick([['north'], ['south'], ['north', 'south'], ['east']]) },
  ],
  record: (random) => [
    { diagnosis: `Cough ${random.between(1, 99)}` },
    { notes: undefined },
    { confidential: happens(random, 50) },
  ],
  prescription: (_, { login }) => [
    { status: 'filled', filledBy: login.principal.userId, filledAt: new Date().toISOString() },
    { status: 'pending', filledBy: undefined, filledAt: undefined },
    { lines: [{ drugName: 'Amoxicillin', dose: '1 mg', quantity: 1 }] },
  ],
  procedure: (_, { login }) => [
    { status: 'performed', performedBy: login.principal.userId, performedAt: new Date().toISOString() },
    { name: 'X-ray' },
  ],
  vaccine: (random) => [{ name: `Vaccine ${random.between(1, 9)}` }],
  vital: (random) => [{ heartRatePerMinute: random.between(40, 180) }],
  appointment: () => [{ status: 'cancelled' }, { startsAt: LATER }],
  drug: (random) => [{ name: `Drug ${random.between(1, 99)}` }, { active: false }],
  clinic: () => [{ name: 'Clinic' }],
  staff: (random) => [{ workPhone: String(random.between(100, 999)) }, { privateEmail: 'a@b.example' }],
};

/** Where a document goes and who reads it: of one with a secret these stay, so that it stays one. */
const ROUTING = ['clinicIds', 'confidential'];
const changesOf = (scene: Scene, slot: Slot): readonly Fields[] =>
  CHANGES[parseId(slot.id)?.type ?? 'patient'](scene.random, scene.person).filter(
    (change) => !slot.isGuarded || !ROUTING.some((field) => field in change),
  );

/** A document of the lane as its reader would send it, changed. */
export function changedDocument(scene: Scene, slot: Slot): Document {
  const { random, person } = scene;
  const leaf = anyLeaf(scene, slot.id);
  const body = leaf?.deleted ? {} : seenBy(person, leaf?.body ?? {});
  const changes = { ...random.pick(changesOf(scene, slot)), ...edited(person.login.principal) };
  return { _id: slot.id, ...body, ...changes };
}

const isClinician = ({ name }: Person) => name.startsWith('doctor') || name.startsWith('nurse');

/** A new document that its author may write, or undefined where they may write none in this database. */
export function goodDocument({ random, lane, person }: Scene, isReference: boolean): Document | undefined {
  const { principal } = person.login;
  if (isReference && person.name.startsWith('pharmacist')) {
    const _id = lane.claim(`drug:drug:${newUlidOf(random)}`);
    return { _id, type: 'drug', name: 'Aspirin', ...authored(principal) };
  }
  if (isReference || !isClinician(person)) return undefined;
  if (happens(random, 30)) {
    const patientId = `p${newUlidOf(random)}`;
    return newPatient(principal, { patientId, _id: lane.claim(`${patientId}:patient`) });
  }
  const type = random.pick(['record', 'vaccine', 'vital', 'appointment'] as const);
  const patient = lane.guardedPatient(principal.clinicId === 'south' ? 'south' : 'north');
  const _id = lane.claim(`${patient.patientId}:${type}:${newUlidOf(random)}`);
  return newDocument(type, patient, principal, { _id });
}

/** A new document of any patient, by anyone. */
export function newOne(scene: Scene): Document {
  const { random, lane, person } = scene;
  const { principal } = person.login;
  const patientId = happens(random, 80) ? anyPatientId(scene) : `p${newUlidOf(random)}`;
  if (happens(random, 15)) return newPatient(principal, { patientId, _id: lane.claim(`${patientId}:patient`) });
  const clinicIds = random.pick([['north'], ['south'], ['north', 'south']]);
  const type = random.pick(CLINICAL);
  const _id = lane.claim(`${patientId}:${type}:${newUlidOf(random)}`);
  return newDocument(type, { patientId, clinicIds }, principal, { _id });
}

const ODD_FIELDS = [
  '__proto__',
  'constructor',
  'toString',
  '',
  '_foo',
  '_conflicts',
  '_attachments',
  '_local_seq',
  'unreadText',
  '\u0000',
  '\ud800',
  '$ne',
  'then',
  'toJSON',
  'length',
];

/** A value of any kind for some field: one of the schema, of bookkeeping, or one that no schema has. */
export function oddMember({ random }: Scene, id: string, isGuarded: boolean): readonly [string, string] {
  const type = parseId(id)?.type ?? 'patient';
  const own = fieldsOf(type).filter((field) => field !== '_id' && !(isGuarded && ROUTING.includes(field)));
  const field = happens(random, 65)
    ? random.pick(own)
    : happens(random, 85)
      ? random.pick(ODD_FIELDS)
      : anyText(random);
  return [field, field === '_attachments' ? attachments(random) : anyJson(random)];
}

function attachments(random: Random): string {
  const size = random.pick([0, 10, 1_000, 70_000]);
  return random.pick([
    '{}',
    '[]',
    'null',
    `{"photo.jpg":{"content_type":"image/jpeg","data":"${'A'.repeat(size)}"}}`,
    '{"photo.jpg":{"stub":true,"revpos":1,"digest":"md5-x","length":5}}',
    '{"../x":{"follows":true}}',
    `{"a":${anyJson(random)}}`,
  ]);
}

/** A member put in, taken out, or given twice: then the last one counts. */
export function mutated(scene: Scene, document: Members, id: string, isGuarded: boolean): Members {
  const { random } = scene;
  const kind = random.between(0, 9);
  if (kind < 2 && document.length > 1) {
    const out = random.between(1, document.length - 1);
    return document.filter((_, at) => at !== out);
  }
  const [field, text] = oddMember(scene, id, isGuarded);
  const others = kind < 8 ? document.filter(([key]) => key !== field) : document;
  const at = random.between(0, others.length);
  return [...others.slice(0, at), [field, text], ...others.slice(at)];
}
