/** The cases of the matrix: who asks for what, and what the table says to it. */
import { type AccessWords, ROLES, type RoleName } from './access-words.ts';
import { type Change, type Expectation, type Expected, NEVER, type Operation, type Role } from './expectation.ts';
import {
  type Body,
  describeSituation,
  isPatientBound,
  type Situation,
  situationsOf,
  TYPES,
  type TypeName,
} from './situations.ts';

export const CALLERS = {
  admin: { role: 'admin', elsewhere: false },
  doctor: { role: 'doctor', elsewhere: false },
  nurse: { role: 'nurse', elsewhere: false },
  pharmacist: { role: 'pharmacist', elsewhere: false },
  patient: { role: 'patient', elsewhere: false },
  'doctor of another clinic': { role: 'doctor', elsewhere: true },
  'nurse of another clinic': { role: 'nurse', elsewhere: true },
  'pharmacist of another clinic': { role: 'pharmacist', elsewhere: true },
} as const satisfies Record<string, Role>;
export type CallerName = keyof typeof CALLERS;
export const CALLER_NAMES = Object.keys(CALLERS) as readonly CallerName[];

/** A change, and what it puts into the document. */
export interface PatchChange extends Change {
  readonly patch: (userId: string) => Body;
}

export interface DocumentCase {
  readonly name: string;
  readonly caller: CallerName;
  readonly operation: Operation;
  readonly situation: Situation;
  readonly change?: PatchChange;
  readonly expected: Expected;
}

export function documentCases(expectation: Expectation, words: AccessWords): DocumentCase[] {
  return CALLER_NAMES.flatMap((caller) =>
    TYPES.flatMap((type) =>
      situationsFor(caller, type).flatMap((situation) =>
        requestsOn(situation, CALLERS[caller].role, words).flatMap(({ operation, ...change }) => {
          const expected = expectation.of(CALLERS[caller], operation, situation, change.change);
          // What is never allowed, or never seen, is tried on the plainest documents only.
          const isBlind = expected === NEVER || CALLERS[caller].elsewhere;
          if (isBlind && !isPlain(situation)) return [];
          const name = [caller, operation, type, describeSituation(situation), change.change?.name];
          return { name: named(name, expected), caller, operation, situation, ...change, expected };
        }),
      ),
    ),
  );
}

/** The name of a case: what is asked, and what it is answered. */
export const named = (what: readonly (string | false | undefined)[], { status, code, reasons }: Expected): string =>
  `${what.filter(Boolean).join(', ')} -> ${[status, reasons?.join(' or ') ?? code].filter(Boolean).join(' ')}`;

/** A patient writes nothing of their own, and to an administrator it makes no difference. */
function situationsFor(caller: CallerName, type: TypeName): Situation[] {
  const { role } = CALLERS[caller];
  const all = situationsOf(type);
  if (role !== 'admin' && role !== 'patient') return all;
  const notOwn = all.filter(
    ({ author, doneBy, entry }) => author !== 'caller' && doneBy !== 'caller' && entry !== 'own',
  );
  if (role === 'admin' || !isPatientBound(type)) return notOwn;
  return notOwn.flatMap((one) => (['own', 'foreign'] as const).map((ofPatient) => ({ ...one, ofPatient })));
}

const isPlain = ({ old, confidential, doneBy, begins }: Situation): boolean =>
  !old && !confidential && doneBy !== 'caller' && begins !== 'past';

interface AskedOf {
  readonly operation: Operation;
  readonly change?: PatchChange;
}

function requestsOn(situation: Situation, role: RoleName, words: AccessWords): AskedOf[] {
  const { type, status } = situation;
  const changes = changesOf(situation, role, words);
  const actions: Operation[] = type === 'prescription' ? ['fill', 'unfill'] : type === 'procedure' ? ['perform'] : [];
  return [
    { operation: 'GET' },
    ...(['PUT', 'PATCH'] as const).flatMap((operation) => changes.map((change) => ({ operation, change }))),
    // The clinic of the matrix has patients.
    ...(type === 'clinic' && role === 'admin' ? [] : [{ operation: 'DELETE' as const }]),
    ...(status ? actions.map((operation) => ({ operation })) : []),
  ];
}

/** A field of each type that has nothing special about it, and another value for it. */
const ORDINARY: Readonly<Record<TypeName, Body>> = {
  patient: { lastName: 'Sample' },
  record: { notes: 'Cough, fever' },
  prescription: { lines: [{ drugName: 'Amoxicillin', dose: '750 mg' }] },
  procedure: { description: 'With bronchodilator' },
  vaccine: { lotNumber: 'A-7' },
  vital: { heartRatePerMinute: 75 },
  appointment: { durationMinutes: 30 },
  drug: { form: 'tablet' },
  clinic: { address: '1 Main Street' },
  staff: { speciality: 'Pulmonology' },
};
/** A value for each field that a cell names alone. */
const VALUES: Body = {
  phoneNumber: '555 0123',
  email: 'ada@example.org',
  address: '2 High Street',
  emergencyContact: { name: 'Bob Example', phoneNumber: '555 0124' },
  workPhone: '555 0125',
  privatePhone: '555 0126',
  privateEmail: 'home@example.org',
  dispenseNotes: 'With food',
};

const now = (): string => new Date().toISOString();
const update = (patch: Body): PatchChange => ({
  name: Object.keys(patch).join(),
  verb: 'update',
  fields: Object.keys(patch),
  patch: () => patch,
});
const special = (verb: Change['verb'], fields: readonly string[], patch: PatchChange['patch']): PatchChange => ({
  name: `${verb} by hand`,
  verb,
  fields,
  patch,
});
const FILL = special('fill', ['status', 'filledBy', 'filledAt'], (userId) => ({
  status: 'filled',
  filledBy: userId,
  filledAt: now(),
}));
const UNFILL = special('un-fill', ['status', 'filledBy', 'filledAt'], () => ({
  status: 'pending',
  filledBy: null,
  filledAt: null,
}));
const PERFORM = special('perform', ['status', 'performedBy', 'performedAt'], (userId) => ({
  status: 'performed',
  performedBy: userId,
  performedAt: now(),
}));
const CANCEL = special('cancel', ['status'], () => ({ status: 'cancelled' }));
const REFER: PatchChange = { ...update({ clinicIds: ['north', 'south'] }), name: 'referral' };

function changesOf({ type, status }: Situation, role: RoleName, words: AccessWords): PatchChange[] {
  const ordinary = update(ORDINARY[type]);
  switch (type) {
    case 'patient':
      return [ordinary, REFER, ...namedAlone(type, words)];
    case 'prescription': {
      // What a cell without a list of fields says to a field that another lists is no question of access.
      const listed = role === 'pharmacist' || role === 'admin' ? [update({ dispenseNotes: VALUES.dispenseNotes })] : [];
      return [ordinary, status === 'filled' ? UNFILL : FILL, ...listed];
    }
    case 'procedure':
      return [ordinary, ...(status === 'planned' ? [PERFORM] : [])];
    case 'appointment':
      return [ordinary, CANCEL];
    case 'staff':
      return [ordinary, ...namedAlone(type, words)];
    default:
      return [ordinary];
  }
}

/** A change of each field that a cell of the row lists for an update. */
function namedAlone(type: TypeName, words: AccessWords): PatchChange[] {
  const row = words.get(type);
  const fields = ROLES.flatMap(
    (role) => row?.[role].flatMap(({ verb, only = [] }) => (verb === 'update' ? only : [])) ?? [],
  );
  return [...new Set(fields)].map((field) => {
    if (!(field in VALUES)) throw new Error(`there is no value to try for ${field}`);
    return update({ [field]: VALUES[field] });
  });
}
