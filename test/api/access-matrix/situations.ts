/** The documents of the matrix: every combination of what the table's words ask about, as a document that a test can prepare. */
import { clinicDocId, newPatientId, newUlid, patientDocId } from '../../../shared-schemas/ids.ts';

export const TYPES = [
  'patient',
  'record',
  'prescription',
  'procedure',
  'vaccine',
  'vital',
  'appointment',
  'drug',
  'clinic',
  'staff',
] as const;
export type TypeName = (typeof TYPES)[number];

export const PATH_OF: Readonly<Record<TypeName, string>> = {
  patient: '/api/patients',
  record: '/api/records',
  prescription: '/api/prescriptions',
  procedure: '/api/procedures',
  vaccine: '/api/vaccines',
  vital: '/api/vitals',
  appointment: '/api/appointments',
  drug: '/api/drugs',
  clinic: '/api/clinics',
  staff: '/api/staff',
};
export const isPatientBound = (type: TypeName): boolean => !['drug', 'clinic', 'staff'].includes(type);

/** What a document is to the one who calls, and what state it is in. */
export interface Situation {
  readonly type: TypeName;
  /** Who created it: the caller, or somebody else. */
  readonly author: 'caller' | 'colleague';
  readonly old?: boolean;
  readonly confidential?: boolean;
  readonly status?: 'pending' | 'filled' | 'planned' | 'performed';
  /** Who filled or performed it. */
  readonly doneBy?: 'caller' | 'colleague';
  readonly begins?: 'future' | 'past';
  /** For the patient role: whether it is about the caller. */
  readonly ofPatient?: 'own' | 'foreign';
  /** Of the staff directory: whether the entry is the caller's. */
  readonly entry?: 'own' | 'foreign';
}

const AUTHORS = ['caller', 'colleague'] as const;
const AGES = [false, true];

/** All that the table could tell apart. */
export function situationsOf(type: TypeName): Situation[] {
  const authored = AUTHORS.map((author) => ({ type, author }));
  const aged = authored.flatMap((one) => AGES.map((old) => ({ ...one, old })));
  switch (type) {
    case 'record':
      return aged.flatMap((one) => AGES.map((confidential) => ({ ...one, confidential })));
    case 'prescription':
      return aged.flatMap((one) => states(one, 'pending', 'filled'));
    case 'procedure':
      return aged.flatMap((one) => states(one, 'planned', 'performed'));
    case 'vaccine':
    case 'vital':
      return aged;
    case 'appointment':
      return aged.flatMap((one) => (['future', 'past'] as const).map((begins) => ({ ...one, begins })));
    case 'staff':
      return (['own', 'foreign'] as const).map((entry) => ({ type, author: 'colleague', entry }));
    case 'clinic':
      return [{ type, author: 'colleague' }];
    default:
      return authored;
  }
}

type State = NonNullable<Situation['status']>;
const states = (one: Situation, open: State, done: State): Situation[] => [
  { ...one, status: open },
  ...AUTHORS.map((doneBy) => ({ ...one, status: done, doneBy })),
];

/** The situation in words, for the names of the cases. */
export const describeSituation = ({ author, old, confidential, status, doneBy, begins, ofPatient, entry }: Situation) =>
  [
    ofPatient && `${ofPatient} patient`,
    entry && (entry === 'own' ? 'own entry' : "another's entry"),
    author === 'caller' && 'own',
    old && 'older than 24 h',
    confidential && 'confidential',
    status && doneBy ? `${status} by ${doneBy === 'caller' ? 'the caller' : 'another'}` : status,
    begins && `in the ${begins}`,
  ]
    .filter(Boolean)
    .join(', ');

export type Body = Readonly<Record<string, unknown>>;
export interface Prepared {
  readonly id: string;
  readonly body: Body;
}

export interface People {
  readonly caller: string;
  readonly colleague: string;
}

const HOUR_MS = 3_600_000;
const time = (hoursFromNow: number): string => new Date(Date.now() + hoursFromNow * HOUR_MS).toISOString();

/** What a new document of the type says, with a value in every field that is hidden from anyone. */
export const CONTENT: Readonly<Record<TypeName, Body>> = {
  patient: { firstName: 'Ada', lastName: 'Example', sex: 'female', birthDate: '1980-05-17', staffNotes: 'Anxious' },
  record: { diagnosis: 'Acute bronchitis', notes: 'Cough' },
  prescription: {
    patientName: 'Ada Example',
    patientBirthDate: '1980-05-17',
    lines: [{ drugName: 'Amoxicillin', dose: '500 mg' }],
    status: 'pending',
    notes: 'Allergy checked',
    reason: 'Bronchitis',
  },
  procedure: { name: 'Spirometry', status: 'planned' },
  vaccine: { name: 'Influenza', administeredAt: '2026-01-05T10:00:00.000Z' },
  vital: { measuredAt: '2026-01-05T10:00:00.000Z', heartRatePerMinute: 72 },
  appointment: { startsAt: '2099-01-05T10:00:00.000Z', status: 'scheduled' },
  drug: { name: 'Amoxicillin' },
  clinic: { name: 'A clinic' },
  staff: {
    name: 'Dr. Example',
    role: 'doctor',
    speciality: 'Surgery',
    workPhone: '555 0100',
    clinicIds: ['north'],
    privatePhone: '555 0199',
    privateEmail: 'private@example.org',
    identityNumber: 'ID-1',
    licenceNumber: 'L-1',
  },
};

/** The document, whole, as it is in the primary. `patientId` is of a patient of the clinic `north`. */
export function documentOf(situation: Situation, people: People, patientId: string): Prepared {
  const { type, author, old = false, confidential, begins } = situation;
  const createdAt = time(old ? -25 : -1);
  const createdBy = people[author];
  const own = type === 'patient' ? newPatientId() : patientId;
  const body = {
    type,
    schemaVersion: 1,
    createdAt,
    createdBy,
    updatedAt: createdAt,
    updatedBy: createdBy,
    ...(isPatientBound(type) && { patientId: own, clinicIds: ['north'] }),
    ...CONTENT[type],
    ...(confidential && { confidential }),
    ...statusOf(situation, people),
    ...(begins && { startsAt: time(begins === 'future' ? 100 : -2) }),
  };
  if (type === 'staff') return ownedEntry(situation, people, body);
  return { id: newId(type, own), body };
}

/** The entry of an account is named after it. */
function ownedEntry({ entry }: Situation, { caller }: People, body: Body): Prepared {
  const userId = entry === 'own' ? caller : `u${newUlid()}`;
  return { id: `staff:staff:${userId.slice(1)}`, body: { ...body, userId } };
}

function statusOf({ status, doneBy }: Situation, people: People): Body {
  if (!status) return {};
  if (!doneBy) return { status };
  const [by, at] = status === 'filled' ? ['filledBy', 'filledAt'] : ['performedBy', 'performedAt'];
  return { status, [by]: people[doneBy], [at]: time(-0.5) };
}

export function newId(type: TypeName, patientId: string, slug = 'north'): string {
  if (type === 'patient') return patientDocId(patientId);
  if (type === 'clinic') return clinicDocId(slug);
  return `${isPatientBound(type) ? patientId : type}:${type}:${newUlid()}`;
}
