/** The lists, of everything and of one patient: who may ask for them, and that exactly what they may read is in them. */
import { expect } from 'vitest';
import { CALLER_NAMES, CALLERS, type CallerName, named } from './cases.ts';
import { allItems, type Document, expectAnswer } from './checks.ts';
import { listOfPatient, PATIENT_LISTS } from './endpoints.ts';
import { type Expected, NEVER, UNSEEN } from './expectation.ts';
import type { Matrix } from './matrix.ts';
import { isPatientBound, PATH_OF, type Situation, TYPES, type TypeName } from './situations.ts';

const OK: Expected = { status: 200 };
type Whose = 'own' | 'foreign';

export function listCases(matrix: Matrix): void {
  for (const caller of CALLER_NAMES) {
    for (const type of TYPES) wholeList(matrix, caller, type);
    const patients: readonly Whose[] = CALLERS[caller].role === 'patient' ? ['own', 'foreign'] : ['own'];
    for (const whose of patients) {
      for (const type of PATIENT_LISTS) patientList(matrix, caller, whose, type);
      timeline(matrix, caller, whose);
      patientExport(matrix, caller, whose);
    }
  }
}

const idsOf = (documents: readonly Document[]): string[] => documents.map(({ _id }) => _id).sort();
const patientIdOf = ({ stage }: Matrix, whose: Whose): string =>
  whose === 'own' ? stage.ownPatientId : stage.otherPatientId;

/** Of what was prepared, what the caller sees of the patient; without the patient itself. */
function visibleOf(matrix: Matrix, caller: CallerName, whose: Whose, type?: TypeName): string[] {
  const isVisible = (situation: Situation) =>
    matrix.expectation.sees(CALLERS[caller], { ...situation, ofPatient: whose });
  return matrix.stage
    .documentsOf(patientIdOf(matrix, whose))
    .filter(({ situation }) => (type === undefined || situation.type === type) && isVisible(situation))
    .map(({ id }) => id)
    .sort();
}

function expectNoHiddenFields(
  { expectation, stage }: Matrix,
  caller: CallerName,
  documents: readonly Document[],
): void {
  // A document that is there is one of the caller's own clinic.
  const here = { ...CALLERS[caller], elsewhere: false };
  for (const document of documents) {
    const type = document.type as TypeName;
    const entry = document.userId === stage.callers[caller].userId ? 'own' : 'foreign';
    const hidden = expectation.hiddenFields(here, { type, author: 'colleague', entry, ofPatient: 'own' });
    expect(hidden.filter((field) => field in document)).toEqual([]);
  }
}

function wholeList(matrix: Matrix, caller: CallerName, type: TypeName): void {
  const role = CALLERS[caller];
  const expected = matrix.expectation.mayEver(role, type, 'read') ? OK : NEVER;
  matrix.case(named([caller, `GET ${PATH_OF[type]}`], expected), async () => {
    expectAnswer(await matrix.send(caller, 'GET', PATH_OF[type]), expected);
    if (expected !== OK) return;
    const all = await allItems(matrix.client(caller), PATH_OF[type]);
    expect(all.filter((document) => document.type !== type)).toEqual([]);
    expectNoHiddenFields(matrix, caller, all);
    const { ownPatientId } = matrix.stage;
    const ofPatient = idsOf(all.filter(({ patientId }) => patientId === ownPatientId));
    if (type === 'patient') expect(ofPatient).toEqual(role.elsewhere ? [] : [`${ownPatientId}:patient`]);
    else if (isPatientBound(type)) expect(ofPatient).toEqual(visibleOf(matrix, caller, 'own', type));
    else expect(all.length).toBeGreaterThan(0);
    if (caller === 'patient' && isPatientBound(type)) expect(ofPatient).toEqual(idsOf(all));
  });
}

/** Who reads patients has to see this one; a pharmacist, who reads none, lists the prescriptions that there are of it. */
function expectedOf({ expectation }: Matrix, caller: CallerName, whose: Whose, type: TypeName): Expected {
  if (!expectation.mayEver(CALLERS[caller], type, 'read')) return NEVER;
  if (!expectation.mayEver(CALLERS[caller], 'patient', 'read')) return OK;
  return expectation.sees(CALLERS[caller], { type: 'patient', author: 'colleague', ofPatient: whose }) ? OK : UNSEEN;
}

const nameOf = (caller: CallerName, whose: Whose, list: string, expected: Expected): string =>
  named([caller, `GET /api/patients/{id}/${list}`, whose === 'foreign' && 'of another patient'], expected);

function patientList(matrix: Matrix, caller: CallerName, whose: Whose, type: TypeName): void {
  const expected = expectedOf(matrix, caller, whose, type);
  matrix.case(nameOf(caller, whose, listOfPatient(type), expected), async () => {
    const path = `/api/patients/${patientIdOf(matrix, whose)}/${listOfPatient(type)}`;
    expectAnswer(await matrix.send(caller, 'GET', path), expected);
    if (expected !== OK) return;
    const found = await allItems(matrix.client(caller), path);
    expect(idsOf(found)).toEqual(visibleOf(matrix, caller, whose, type));
    expectNoHiddenFields(matrix, caller, found);
  });
}

function timeline(matrix: Matrix, caller: CallerName, whose: Whose): void {
  const expected = expectedOf(matrix, caller, whose, 'patient');
  matrix.case(nameOf(caller, whose, 'timeline', expected), async () => {
    const path = `/api/patients/${patientIdOf(matrix, whose)}/timeline`;
    expectAnswer(await matrix.send(caller, 'GET', path), expected);
    if (expected !== OK) return;
    const found = await allItems(matrix.client(caller), path);
    const others = found.filter(({ type }) => type !== 'patient');
    expect(idsOf(others)).toEqual(visibleOf(matrix, caller, whose));
    expectNoHiddenFields(matrix, caller, found);
  });
}

function patientExport(matrix: Matrix, caller: CallerName, whose: Whose): void {
  const expected = expectedOf(matrix, caller, whose, 'patient');
  matrix.case(nameOf(caller, whose, 'export', expected), async () => {
    const answer = await matrix.send(caller, 'GET', `/api/patients/${patientIdOf(matrix, whose)}/export`);
    expectAnswer(answer, expected);
    if (expected !== OK) return;
    const { patient, documents, staff } = answer.body as Record<string, Document[]> & { patient: Document };
    expect(idsOf(documents ?? [])).toEqual(visibleOf(matrix, caller, whose));
    expectNoHiddenFields(matrix, caller, [patient, ...(documents ?? []), ...(staff ?? [])]);
  });
}
