/** Erasing a patient over HTTP: who may, what it takes, and what is left for whom. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPatientAccount } from '../support/network.ts';
import { waitFor } from '../support/wait-for.ts';
import { ApiNetwork, type Problem } from './api-network.ts';

let network: ApiNetwork;
beforeAll(async () => {
  network = await ApiNetwork.start();
});
afterAll(() => network?.close());

it('takes an administrator and the id once more, and ends the accounts of the patient', async () => {
  const { patientId, _id } = await network.patient({ lastName: 'Forgettable' });
  await network.add('doctorNorth', 'records', { patientId, diagnosis: 'Unmistakable' });
  const login = await createPatientAccount(network.server.admin, patientId);
  const own = network.server.api.as(login.accessToken);
  const erase = (name: Parameters<ApiNetwork['as']>[0], body: object, id = patientId) =>
    network.as(name).request<Problem>('POST', `/api/patients/${id}/erasure`, body);

  expect((await erase('doctorNorth', { confirm: patientId })).status).toBe(403);
  expect((await own.request('POST', `/api/patients/${patientId}/erasure`, { confirm: patientId })).status).toBe(403);
  expect(await erase('admin', { confirm: 'yes' })).toMatchObject({
    status: 400,
    body: { faults: [{ path: 'confirm' }] },
  });
  expect((await erase('admin', { confirm: 'x' }, 'nobody')).status).toBe(404);
  expect((await own.request('GET', `/api/patients/${patientId}`)).status).toBe(200);

  const erased = await erase('admin', { confirm: patientId, reason: 'asked for' });
  expect(erased).toMatchObject({ status: 200, body: { patientId, documents: 2, roleDatabases: 3 } });
  expect(await erase('admin', { confirm: patientId }, _id)).toMatchObject({ status: 200, body: erased.body });
  for (const name of ['admin', 'doctorNorth', 'nurseNorth'] as const) {
    expect((await network.as(name).request('GET', `/api/patients/${patientId}`)).status).toBe(404);
    expect((await network.as(name).ok<{ items: unknown[] }>('GET', '/api/patients?q=forgettable')).items).toEqual([]);
  }
  await waitFor(async () => (await own.request('GET', '/api/me')).status === 401, { what: 'the end of the session' });
  const accounts = await network.server.admin.ok<{ items: { patientId?: string }[] }>('GET', '/api/accounts?limit=500');
  expect(accounts.items.filter((account) => account.patientId === patientId)).toEqual([]);
  const { items } = await network.server.admin.ok<{ items: { kind: string; patientId?: string }[] }>(
    'GET',
    '/api/audit',
  );
  expect(items.filter((entry) => entry.patientId === patientId).map(({ kind }) => kind)).toEqual([
    'erasure_completed',
    'erasure_begun',
  ]);
});
