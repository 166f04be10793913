/** Contents of documents of all types, and changes of them, such that sorts have ties and gaps. */
import type { DocumentType } from '../../shared-schemas/document-types.ts';
import type { Role } from '../../shared-schemas/roles.ts';
import type { Random } from '../support/random.ts';
import {
  CODES,
  DRUG_NAMES,
  FAMILY_NAMES,
  GIVEN_NAMES,
  IDENTITY_NUMBERS,
  PHONE_NUMBERS,
  SPECIALITY_NAMES,
} from './generated-text.ts';
import { happens, some } from './seeded-random.ts';

export const CLINICS = ['east', 'north', 'south'] as const;

export type Content = Readonly<Record<string, unknown>>;

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** A whole hour some days from now, with as much precision as someone may write it. */
export function instant(random: Random, fromDays: number, toDays: number): string {
  const hours = random.between(fromDays * DAY_HOURS, toDays * DAY_HOURS);
  const iso = new Date(Math.floor(Date.now() / HOUR_MS + hours) * HOUR_MS).toISOString();
  return random.pick([iso, iso, iso.replace('.000Z', 'Z'), iso.replace('.000Z', '.5Z')]);
}

/** The fields, or nothing in so many of a hundred cases. */
const perhaps = (random: Random, percent: number, fields: Content): Content => (happens(random, percent) ? fields : {});

const firstOf = (random: Random, names: readonly (readonly [string, string])[]): string => random.pick(names)[0];

type Make = (random: Random) => Content;

const CONTENT: Readonly<Record<DocumentType, Make>> = {
  patient: (random) => ({
    firstName: firstOf(random, GIVEN_NAMES),
    lastName: firstOf(random, FAMILY_NAMES),
    sex: random.pick(['female', 'male', 'unknown']),
    birthDate: `19${random.between(30, 99)}-05-17`,
    staffNotes: 'Anxious about needles',
    ...perhaps(random, 60, { phoneNumber: random.pick(PHONE_NUMBERS) }),
    ...perhaps(random, 40, { identityNumber: random.pick(IDENTITY_NUMBERS) }),
  }),
  record: (random) => ({
    diagnosis: random.pick(['Acute bronchitis', 'Sprained ankle']),
    ...perhaps(random, 50, { notes: 'Cough for three days' }),
    ...perhaps(random, 35, { confidential: true }),
    ...perhaps(random, 10, { confidential: false }),
    ...perhaps(random, 60, { visitedAt: instant(random, -10, 0) }),
  }),
  prescription: (random) => ({
    patientName: 'Ada Berg',
    patientBirthDate: '1980-05-17',
    lines: [{ drugName: 'Amoxicillin', dose: '500 mg', quantity: random.between(1, 90) }],
    status: 'pending',
    notes: 'Allergy checked',
    ...perhaps(random, 50, { reason: 'Bronchitis' }),
  }),
  procedure: (random) => ({
    name: 'Spirometry',
    status: 'planned',
    ...perhaps(random, 60, { scheduledFor: instant(random, -3, 3) }),
  }),
  vaccine: (random) => ({ name: 'Influenza', administeredAt: instant(random, -10, 0) }),
  vital: (random) => ({
    measuredAt: instant(random, -10, 0),
    heartRatePerMinute: random.between(50, 120),
    ...perhaps(random, 30, { temperatureCelsius: 36.8 }),
  }),
  appointment: (random) => ({
    startsAt: instant(random, 1, 8),
    status: 'scheduled',
    clinicId: random.pick(CLINICS),
    durationMinutes: 30,
  }),
  drug: (random) => ({
    name: firstOf(random, DRUG_NAMES),
    ...perhaps(random, 60, { code: random.pick(CODES) }),
  }),
  clinic: () => ({ name: 'A clinic' }),
  staff: (random) => ({
    name: firstOf(random, FAMILY_NAMES),
    role: 'doctor',
    clinicIds: some(random, CLINICS, random.between(1, 2)),
    licenceNumber: 'L-1',
    privatePhone: '+1 555 0199',
    ...perhaps(random, 50, { speciality: random.pick(SPECIALITY_NAMES) }),
  }),
};

export const newContent = (type: DocumentType, random: Random): Content => CONTENT[type](random);

/** Changes to a document. A field that is undefined goes away. */
const CHANGES: Readonly<Record<DocumentType, readonly Make[]>> = {
  patient: [
    (random) => ({ lastName: firstOf(random, FAMILY_NAMES) }),
    (random) => ({ phoneNumber: random.pick([...PHONE_NUMBERS, undefined]) }),
    (random) => ({ staffNotes: `Called ${random.between(1, 9)} times` }),
    (random) => ({ allergies: [{ substance: random.pick(['Penicillin', 'Latex']) }] }),
    (random) => ({ clinicIds: some(random, CLINICS, random.between(1, 3)) }),
    (random) => ({ clinicIds: some(random, CLINICS, random.between(1, 3)) }),
  ],
  record: [
    (random) => ({ notes: `Seen ${random.between(1, 9)} times` }),
    (random) => ({ visitedAt: random.pick([instant(random, -10, 0), undefined]) }),
    (random) => ({ confidential: random.pick([true, false, undefined]) }),
  ],
  prescription: [
    (random) => ({ notes: random.pick(['With food', undefined]) }),
    (random) => ({ lines: [{ drugName: 'Ibuprofen', quantity: random.between(1, 90) }] }),
    () => ({ status: 'cancelled' }),
  ],
  procedure: [
    (random) => ({ scheduledFor: random.pick([instant(random, -3, 3), undefined]) }),
    (random) => ({ description: random.pick(['With bronchodilator', undefined]) }),
  ],
  vaccine: [
    (random) => ({ administeredAt: instant(random, -10, 0) }),
    (random) => ({ site: random.pick(['left arm', undefined]) }),
  ],
  vital: [
    (random) => ({ measuredAt: instant(random, -10, 0) }),
    (random) => ({ heartRatePerMinute: random.between(50, 120) }),
  ],
  appointment: [
    (random) => ({ startsAt: instant(random, 1, 8) }),
    () => ({ status: 'cancelled' }),
    (random) => ({ reason: random.pick(['Check-up', undefined]) }),
  ],
  drug: [
    (random) => ({ name: firstOf(random, DRUG_NAMES) }),
    (random) => ({ code: random.pick([...CODES, undefined]) }),
    (random) => ({ active: random.pick([true, false]) }),
  ],
  clinic: [(random) => ({ address: `${random.between(1, 9)} High Street` })],
  staff: [
    (random) => ({ speciality: random.pick([...SPECIALITY_NAMES, undefined]) }),
    (random) => ({ licenceNumber: `L-${random.between(1, 9)}`, privateEmail: 'home@example.org' }),
    (random) => ({ workPhone: random.pick([...PHONE_NUMBERS, undefined]) }),
  ],
};

/** What roles change that may not change everything. */
const OWN_CHANGES: Partial<Record<Role, Partial<Record<DocumentType, readonly Make[]>>>> = {
  patient: {
    patient: [
      (random) => ({ phoneNumber: random.pick(PHONE_NUMBERS) }),
      (random) => ({ address: random.pick(['1 High Street', undefined]) }),
    ],
  },
};
const OWN_STAFF_ENTRY: readonly Make[] = [
  (random) => ({ workPhone: random.pick([...PHONE_NUMBERS, undefined]) }),
  (random) => ({ privatePhone: random.pick([...PHONE_NUMBERS, undefined]) }),
];

const STATES = {
  prescription: { open: 'pending', done: 'filled', by: 'filledBy', at: 'filledAt' },
  procedure: { open: 'planned', done: 'performed', by: 'performedBy', at: 'performedAt' },
} as const;

/** What someone of the role changes about the document, as most of them do. */
export function newChange(before: Content, role: Role, userId: string, random: Random): Content {
  const type = before.type as DocumentType;
  if (type === 'staff' && role !== 'admin') return random.pick(OWN_STAFF_ENTRY)(random);
  const fills = role === 'pharmacist' || (role === 'admin' && happens(random, 40));
  if (type === 'prescription' && fills) return done(type, before, userId);
  if (type === 'procedure' && happens(random, 40)) return done(type, before, userId);
  return random.pick(OWN_CHANGES[role]?.[type] ?? CHANGES[type])(random);
}

/** Fills a prescription or performs a procedure; takes back that a prescription was filled. */
function done(type: keyof typeof STATES, before: Content, userId: string): Content {
  const { open, done, by, at } = STATES[type];
  if (before.status === done) return { status: open, [by]: undefined, [at]: undefined };
  return { status: done, [by]: userId, [at]: new Date().toISOString() };
}

/** The document with a change, without the fields that went away. */
export const withChange = (before: Content, change: Content): Content =>
  Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined));
