/** Nobody is sent to a clinic that is gone, however lately it was there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNetwork, edited, loginStaff, newPatient, PASSWORD } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

describe('a clinic that was deleted a moment ago', () => {
  let server: TestServer;
  let doctor: PouchDevice;
  let patient: ReturnType<typeof newPatient>;
  const nurse = (username: string) => ({
    ...{ username, password: PASSWORD, role: 'nurse', name: 'Nora Example' },
    clinicIds: ['hill'],
  });
  const referTo = (slug: string) =>
    server.admin.request('PATCH', `/api/patients/${patient.patientId}`, { clinicIds: [slug] });

  beforeAll(async () => {
    server = await startServer();
    await createNetwork(server.admin);
    doctor = new PouchDevice(await loginStaff(server.api, 'doctorNorth'));
    patient = newPatient(doctor.login.principal);
    await doctor.put(patient);
    await doctor.push();
    await server.admin.ok('POST', '/api/clinics', { slug: 'hill', name: 'Clinic on the hill' });
    // Everything that asks whether a clinic exists has asked for this one.
    expect((await referTo('hill')).status).toBe(200);
    expect((await referTo('north')).status).toBe(200);
    await server.admin.ok('POST', '/api/accounts', nurse('before'));
    expect((await server.admin.request('DELETE', '/api/clinics/hill')).status).toBe(204);
  });
  afterAll(() => server.close());

  it('takes no patient', async () => {
    expect(await referTo('hill')).toMatchObject({ status: 403, body: { reason: 'unknown_clinic' } });
    expect(await server.admin.request('POST', '/api/patients', { ...PERSON, clinicIds: ['hill'] })).toMatchObject({
      status: 403,
      body: { reason: 'unknown_clinic' },
    });
  });

  it('takes no patient from a tablet', async () => {
    await doctor.pull();
    await doctor.put({ ...(await doctor.get(patient._id)), clinicIds: ['hill'], ...edited(doctor.login.principal) });
    await doctor.push();
    expect(doctor.denied).toHaveLength(1);
    expect(await server.admin.ok('GET', `/api/patients/${patient.patientId}`)).toMatchObject({ clinicIds: ['north'] });
  });

  it('gets no account', async () => {
    const missing = { status: 400, body: { faults: [{ path: 'clinicIds.0' }] } };
    expect(await server.admin.request('POST', '/api/accounts', nurse('after'))).toMatchObject(missing);
    const north = await server.admin.ok<{ username: string }>('POST', '/api/accounts', {
      ...nurse('moving'),
      clinicIds: ['north'],
    });
    const moved = await server.admin.request('PATCH', `/api/accounts/${north.username}`, { clinicIds: ['hill'] });
    expect(moved).toMatchObject(missing);
  });
});

const PERSON = { firstName: 'Ben', lastName: 'Example', sex: 'male', birthDate: '1970-01-01' };
