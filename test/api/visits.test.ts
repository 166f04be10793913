/** A visit is stored whole, or not at all, and errors name the part they are about. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiDocument, ApiNetwork, type Problem } from './api-network.ts';

type Visit = Readonly<Record<'vitals' | 'procedures' | 'vaccines' | 'prescriptions', readonly ApiDocument[]>> & {
  readonly record: ApiDocument;
};

let network: ApiNetwork;
let patient: ApiDocument;
beforeAll(async () => {
  network = await ApiNetwork.start();
  patient = await network.patient();
});
afterAll(() => network?.close());

const LINE = { drugName: 'Amoxicillin', dose: '500 mg', quantity: 21 };
const visit = (more = {}) => ({
  patientId: patient.patientId,
  record: { diagnosis: 'Bronchitis', visitedAt: '2026-02-03T10:00:00.000Z' },
  vitals: [{ heartRatePerMinute: 80 }],
  procedures: [{ name: 'Spirometry' }, { name: 'Chest X-ray' }],
  vaccines: [{ name: 'Influenza' }],
  prescriptions: [{ lines: [LINE], notes: 'Allergy checked' }],
  ...more,
});
const save = (body: unknown, name: 'doctorNorth' | 'nurseNorth' | 'nurseSouth' = 'doctorNorth', headers = {}) =>
  network.as(name).request<Visit & Problem>('POST', '/api/visits', body, headers);
const primarySeq = async () => (await network.server.core.primary.info()).updateSeq;

it('stores all parts, linked, with what is a matter of course', async () => {
  const { status, body } = await save(visit());
  expect(status).toBe(201);
  const { record, vitals, procedures, vaccines, prescriptions } = body;
  expect(record).toMatchObject({
    vitalId: vitals[0]?._id,
    procedureId: procedures[0]?._id,
    vaccineId: vaccines[0]?._id,
    prescriptionId: prescriptions[0]?._id,
    clinicIds: ['north'],
  });
  for (const part of [...vitals, ...procedures, ...vaccines, ...prescriptions]) {
    expect(part.recordId).toBe(record._id);
    expect(await network.as('doctorNorth').ok('GET', `/api/${String(part.type)}s/${part._id}`)).toEqual(part);
  }
  expect(vitals[0]?.measuredAt).toBe('2026-02-03T10:00:00.000Z');
  expect(procedures.map(({ status: state }) => state)).toEqual(['planned', 'planned']);
  expect(prescriptions[0]).toMatchObject({
    status: 'pending',
    patientName: 'Ada Example',
    patientBirthDate: '1980-05-17',
  });
});

it('with one bad part stores nothing, and hears of all faults', async () => {
  const before = await primarySeq();
  const { status, body } = await save(
    visit({
      record: { notes: 'no diagnosis' },
      vitals: [{ heartRatePerMinute: 80 }, { heartRatePerMinute: 8_000, pulse: 1 }],
      prescriptions: [{ lines: [] }],
    }),
  );
  expect(status).toBe(422);
  expect(body.faults?.map(({ part, path }) => `${part}${path}`).sort()).toEqual([
    'prescriptions/0/lines',
    'record/diagnosis',
    'vitals/1/heartRatePerMinute',
    'vitals/1/pulse',
  ]);
  expect(await primarySeq()).toBe(before);
  expect(await network.server.core.held.list(10)).toEqual([]);
});

it('with a part that the role may not write stores nothing', async () => {
  const before = await primarySeq();
  expect(await save(visit(), 'nurseNorth')).toMatchObject({
    status: 403,
    body: {
      code: 'refused',
      reason: 'not_allowed',
      refusals: [
        { part: 'procedures/0' },
        { part: 'procedures/1' },
        { part: 'prescriptions/0', reason: 'not_allowed' },
      ],
    },
  });
  expect(await save({ patientId: patient.patientId, record: { diagnosis: 'x' } }, 'nurseSouth')).toMatchObject({
    status: 403,
    body: { reason: 'unknown_patient' },
  });
  const foreignAuthor = { diagnosis: 'x', createdBy: 'someone-else' };
  expect(await save({ patientId: patient.patientId, record: foreignAuthor, vitals: [{}] }, 'nurseNorth')).toMatchObject(
    {
      status: 403,
      body: { reason: 'wrong_author', refusals: [{ part: 'record' }] },
    },
  );
  expect(await primarySeq()).toBe(before);
  const nurses = visit({ procedures: [], prescriptions: [] });
  expect((await save(nurses, 'nurseNorth')).status).toBe(201);
});

it('sent again with its key stores nothing twice', async () => {
  const headers = { 'idempotency-key': 'visit-7' };
  const first = await save(visit(), 'doctorNorth', headers);
  const before = await primarySeq();
  expect(await save(visit(), 'doctorNorth', headers)).toMatchObject({ status: 200, body: first.body });
  expect(await primarySeq()).toBe(before);
  expect((await save(visit({ vitals: [{ heartRatePerMinute: 81 }] }), 'doctorNorth', headers)).status).toBe(409);
  expect(await primarySeq()).toBe(before);
});
