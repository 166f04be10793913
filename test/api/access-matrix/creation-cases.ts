/** Adding documents: each type by everyone, to a patient in their care and to one who is not. */
import { newPatientId } from '../../../shared-schemas/ids.ts';
import { CALLER_NAMES, CALLERS, type CallerName, named } from './cases.ts';
import { type Expectation, type Expected, NEVER } from './expectation.ts';
import { type Body, CONTENT, isPatientBound, newId, PATH_OF, TYPES, type TypeName } from './situations.ts';
import type { Stage } from './stage.ts';

export interface CreationCase {
  readonly name: string;
  readonly caller: CallerName;
  readonly type: TypeName;
  /** Of a clinic that the caller may or may not work at, or one that nobody has heard of. */
  readonly patient: 'of the clinic north' | 'unknown';
  readonly more: Body;
  readonly expected: Expected;
}

export function creationCases(expectation: Expectation): CreationCase[] {
  const cases = CALLER_NAMES.flatMap((caller) =>
    TYPES.flatMap((type) => {
      const of = (patient: CreationCase['patient'], more: Body = {}) => ({ caller, type, patient, more });
      const unknown = isPatientBound(type) && type !== 'patient' && CALLERS[caller].role !== 'admin';
      return [
        of('of the clinic north'),
        ...(type === 'record' ? [of('of the clinic north', { confidential: true })] : []),
        ...(unknown ? [of('unknown')] : []),
      ];
    }),
  );
  return cases.map((one) => {
    const expected = expectedOf(expectation, one);
    const more = Object.keys(one.more);
    const name = [one.caller, 'POST', one.type, ...more, isPatientBound(one.type) && `patient ${one.patient}`];
    return { ...one, expected, name: named(name, expected) };
  });
}

function expectedOf(
  expectation: Expectation,
  { caller, type, patient }: Omit<CreationCase, 'name' | 'expected'>,
): Expected {
  const role = CALLERS[caller];
  if (!expectation.mayEver(role, type, 'create')) return NEVER;
  const inCare = !isPatientBound(type) || type === 'patient' || (patient !== 'unknown' && !role.elsewhere);
  return inCare ? { status: 201 } : { status: 403, code: 'refused', reasons: ['unknown_patient'] };
}

/** A body with an id of its own, and the address where it will be, or not. */
export function newBody(
  { caller, type, patient, more }: CreationCase,
  n: number,
  stage: Stage,
): { body: Body; path: string } {
  const isAlone = type === 'patient' || patient === 'unknown';
  const patientId = isAlone ? newPatientId() : caller === 'patient' ? stage.ownPatientId : stage.otherPatientId;
  const slug = `east${n}`;
  const id = newId(type, patientId, slug);
  const body = {
    _id: id,
    ...CONTENT[type],
    ...more,
    ...(isPatientBound(type) && { patientId }),
    ...(type === 'patient' && CALLERS[caller].role === 'admin' && { clinicIds: ['north'] }),
    ...(type === 'clinic' && { slug }),
  };
  return { body, path: `${PATH_OF[type]}/${id}` };
}
