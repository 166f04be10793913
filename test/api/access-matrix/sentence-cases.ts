/** The sentences below the table: authors, times, routing, links, and clinics that end. */
import { expect } from 'vitest';
import { newUlid } from '../../../shared-schemas/ids.ts';
import type { Answer } from '../../support/api-client.ts';
import type { CallerName } from './cases.ts';
import { type Document, expectAnswer } from './checks.ts';
import type { Expected } from './expectation.ts';
import type { Matrix } from './matrix.ts';
import { type Body, CONTENT, PATH_OF, type TypeName } from './situations.ts';

const refused = (...reasons: string[]): Expected => ({ status: 403, code: 'refused', reasons });
const HOUR_MS = 3_600_000;
const time = (fromNowMs = 0): string => new Date(Date.now() + fromNowMs).toISOString();

export function sentenceCases(matrix: Matrix): void {
  transfers(matrix);
  authors(matrix);
  routing(matrix);
  newPrescriptions(matrix);
  timesAndLinks(matrix);
  clinics(matrix);
}

/** A new document of the doctor's, of a patient in their care. */
const add = (matrix: Matrix, type: TypeName): Promise<Document> =>
  matrix.client('doctor').ok<Document>('POST', PATH_OF[type], {
    ...CONTENT[type],
    ...(type !== 'patient' && { patientId: matrix.stage.otherPatientId }),
  });
const patch = (matrix: Matrix, caller: CallerName, { _id, type }: Document, body: Body): Promise<Answer> =>
  matrix.send(caller, 'PATCH', `${PATH_OF[type as TypeName]}/${_id}`, body);

function transfers(matrix: Matrix): void {
  for (const caller of ['doctor', 'nurse'] as const) {
    matrix.case(`${caller}, refers a patient to another clinic -> 200, and sees them no longer`, async () => {
      const patient = await add(matrix, 'patient');
      expectAnswer(await patch(matrix, caller, patient, { clinicIds: ['south'] }), { status: 200 });
      const path = `${PATH_OF.patient}/${patient._id}`;
      expectAnswer(await matrix.send(caller, 'GET', path), { status: 404 });
      expectAnswer(await matrix.send(`${caller} of another clinic`, 'GET', path), { status: 200 });
    });
    matrix.case(`${caller}, refers a patient to a clinic that does not exist -> 403 unknown_clinic`, async () => {
      const patient = await add(matrix, 'patient');
      const refer = () => patch(matrix, caller, patient, { clinicIds: ['atlantis'] });
      await matrix.expect(refer, refused('unknown_clinic'));
    });
  }
}

/** "filledBy/performedBy must be the principal"; what the server writes itself is not the client's to say. */
function authors(matrix: Matrix): void {
  const another = () => matrix.stage.callers.admin.userId;
  for (const caller of ['doctor', 'nurse'] as const) {
    matrix.case(`${caller}, performs in the name of another -> 403 wrong_author`, async () => {
      const procedure = await add(matrix, 'procedure');
      const body = { status: 'performed', performedBy: another(), performedAt: time() };
      await matrix.expect(() => patch(matrix, caller, procedure, body), refused('wrong_author'));
    });
  }
  matrix.case('pharmacist, fills in the name of another -> 403 wrong_author', async () => {
    const prescription = await add(matrix, 'prescription');
    const body = { status: 'filled', filledBy: another(), filledAt: time() };
    await matrix.expect(() => patch(matrix, 'pharmacist', prescription, body), refused('wrong_author'));
  });
  matrix.case('doctor, changes in the name of another -> 200, in their own', async () => {
    const { userId } = matrix.stage.callers.doctor;
    const answer = await patch(matrix, 'doctor', await add(matrix, 'record'), { notes: 'x', updatedBy: another() });
    expect(answer).toMatchObject({ status: 200, body: { updatedBy: userId } });
  });
}

/** What decides who may do what with a document is nobody's to change, the referral of a patient apart. */
function routing(matrix: Matrix): void {
  for (const caller of ['doctor', 'nurse', 'admin'] as const) {
    matrix.case(`${caller}, changes formerClinicIds, which are the server's -> 403`, async () => {
      const patient = await add(matrix, 'patient');
      const change = () => patch(matrix, caller, patient, { formerClinicIds: ['south'] });
      await matrix.expect(change, refused('field_fixed', 'field_not_allowed'));
    });
  }
  for (const field of ['createdBy', 'createdAt', 'patientId', 'clinicIds'] as const) {
    matrix.case(`doctor, changes ${field} of an own record -> 403`, async () => {
      const values = {
        createdBy: matrix.stage.callers.nurse.userId,
        createdAt: '2020-01-01T00:00:00.000Z',
        patientId: matrix.stage.ownPatientId,
        clinicIds: ['north', 'south'],
      };
      const record = await add(matrix, 'record');
      const change = () => patch(matrix, 'doctor', record, { [field]: values[field] });
      await matrix.expect(change, refused('field_fixed', 'id_mismatch'));
    });
  }
}

function newPrescriptions(matrix: Matrix): void {
  const post = (more: Body) => () =>
    matrix.send('doctor', 'POST', PATH_OF.prescription, {
      ...CONTENT.prescription,
      patientId: matrix.stage.otherPatientId,
      ...more,
    });
  matrix.case('doctor, prescribes in the name of another -> 403 wrong_author', () =>
    matrix.expect(post({ createdBy: matrix.stage.callers.nurse.userId }), refused('wrong_author')),
  );
  matrix.case('doctor, writes a prescription that is filled already -> 403', () => {
    const filled = { status: 'filled', filledBy: matrix.stage.callers.doctor.userId, filledAt: time() };
    return matrix.expect(post(filled), refused('already_final', 'field_not_allowed', 'not_allowed'));
  });
}

function timesAndLinks(matrix: Matrix): void {
  const post = (more: Body) => () =>
    matrix.send('doctor', 'POST', PATH_OF.record, {
      ...CONTENT.record,
      patientId: matrix.stage.otherPatientId,
      ...more,
    });
  matrix.case('doctor, writes a record of the future -> 403 wrong_time', () =>
    matrix.expect(post({ createdAt: time(HOUR_MS) }), refused('wrong_time')),
  );
  const foreign = () => ({ prescriptionId: `${matrix.stage.ownPatientId}:prescription:${newUlid()}` });
  matrix.case('doctor, adds a record that links to another patient -> 403 foreign_link', () =>
    matrix.expect(post(foreign()), refused('foreign_link')),
  );
  matrix.case('doctor, links a record to another patient -> 403 foreign_link', async () => {
    const record = await add(matrix, 'record');
    await matrix.expect(() => patch(matrix, 'doctor', record, foreign()), refused('foreign_link'));
  });
}

function clinics(matrix: Matrix): void {
  matrix.case('admin, ends a clinic that has patients -> 403 clinic_in_use', () =>
    matrix.expect(() => matrix.send('admin', 'DELETE', '/api/clinics/north'), refused('clinic_in_use')),
  );
  matrix.case('admin, ends a clinic that has none -> 204', async () => {
    await matrix.client('admin').ok('POST', PATH_OF.clinic, { slug: 'west', name: 'West' });
    expectAnswer(await matrix.send('admin', 'DELETE', '/api/clinics/west'), { status: 204 });
  });
}
