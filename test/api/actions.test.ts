/** Filling and un-filling prescriptions, performing procedures. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiDocument, ApiNetwork, type Problem } from './api-network.ts';

let network: ApiNetwork;
let patient: ApiDocument;
beforeAll(async () => {
  network = await ApiNetwork.start();
  patient = await network.patient();
});
afterAll(() => network?.close());

type Caller = Parameters<ApiNetwork['as']>[0];
const act = (name: Caller, { _id, type }: ApiDocument, action: string, body?: unknown, headers = {}) =>
  network.as(name).request<ApiDocument & Problem>('POST', `/api/${String(type)}s/${_id}/${action}`, body, headers);
const prescription = () =>
  network.add('doctorNorth', 'prescriptions', {
    patientId: patient.patientId,
    lines: [{ drugName: 'Ibuprofen' }],
    notes: 'n',
  });
const procedure = () => network.add('doctorNorth', 'procedures', { patientId: patient.patientId, name: 'Suture' });
const pharmacist = () => network.login('pharmacistNorth').principal.userId;

describe('a prescription', () => {
  it('is filled and un-filled by a pharmacist, who does not see its notes, and keeps them', async () => {
    const ordered = await prescription();
    const filled = await act('pharmacistNorth', ordered, 'fill', { dispenseNotes: 'Generic' });
    expect(filled).toMatchObject({
      status: 200,
      body: { status: 'filled', filledBy: pharmacist(), dispenseNotes: 'Generic' },
    });
    expect(filled.body.filledAt).toEqual(expect.any(String));
    expect(filled.body.notes).toBeUndefined();
    // Without a body, and sent again.
    expect(await act('pharmacistNorth', ordered, 'fill')).toMatchObject({ status: 200, body: filled.body });
    const open = await act('pharmacistNorth', ordered, 'unfill');
    expect(open.body).toMatchObject({ status: 'pending', dispenseNotes: 'Generic' });
    expect([open.body.filledBy, open.body.filledAt]).toEqual([undefined, undefined]);
    expect((await act('pharmacistNorth', ordered, 'unfill')).status).toBe(200);
    expect(await network.as('doctorNorth').ok('GET', `/api/prescriptions/${ordered._id}`)).toMatchObject({
      notes: 'n',
    });
  });

  it('is final for its author once filled, and another cannot fill it again', async () => {
    const ordered = await prescription();
    await act('admin', ordered, 'fill');
    expect(await act('pharmacistNorth', ordered, 'fill')).toMatchObject({ status: 409, body: { code: 'wrong_state' } });
    expect(
      await network.as('doctorNorth').request('PATCH', `/api/prescriptions/${ordered._id}`, { notes: 'late' }),
    ).toMatchObject({ status: 403, body: { reason: 'already_final' } });
  });

  it('is filled by nobody else, and at the revision that was read', async () => {
    const ordered = await prescription();
    for (const [name, status] of [
      ['doctorNorth', 403],
      ['nurseNorth', 403],
      ['pharmacistSouth', 404],
    ] as const)
      expect((await act(name, ordered, 'fill')).status).toBe(status);
    expect((await act('pharmacistNorth', ordered, 'fill', undefined, { 'if-match': '"1-x"' })).status).toBe(412);
    expect((await act('pharmacistNorth', ordered, 'fill', { lines: [] })).status).toBe(400);
    expect(await network.as('doctorNorth').ok('GET', `/api/prescriptions/${ordered._id}`)).toEqual(ordered);
  });

  it('that two pharmacists fill at once is filled by one of them', async () => {
    const ordered = await prescription();
    const answers = await Promise.all([act('pharmacistNorth', ordered, 'fill'), act('admin', ordered, 'fill')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = answers.find(({ status }) => status === 200)?.body.filledBy;
    expect(await network.as('doctorNorth').ok('GET', `/api/prescriptions/${ordered._id}`)).toMatchObject({
      filledBy: winner,
    });
  });
});

describe('a procedure', () => {
  it('is performed by a nurse or a doctor, once', async () => {
    const ordered = await procedure();
    const done = await act('nurseNorth', ordered, 'perform', { performNotes: 'Three stitches' });
    const nurse = network.login('nurseNorth').principal.userId;
    expect(done).toMatchObject({
      status: 200,
      body: { status: 'performed', performedBy: nurse, performNotes: 'Three stitches' },
    });
    expect(await act('nurseNorth', ordered, 'perform')).toMatchObject({ status: 200, body: done.body });
    expect(await act('doctorNorth', ordered, 'perform')).toMatchObject({ status: 409, body: { code: 'wrong_state' } });
    expect((await act('pharmacistNorth', ordered, 'perform')).status).toBe(403);
  });
});
