/** Erasing a patient over HTTP: who may, what it takes, and what is left for whom. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { filesWith } from '../support/files-with.ts';
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

it('leaves nothing in any file of the data folder, the index of the lists included', async () => {
  const other = await ApiNetwork.start();
  const { environment } = other.server;
  try {
    // Text that is the same when it is folded for a search.
    const [name, diagnosis] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
    const { patientId } = await other.patient({ lastName: name });
    await other.add('doctorNorth', 'records', { patientId, diagnosis });
    await createPatientAccount(other.server.admin, patientId);
    for (const caller of ['admin', 'doctorNorth'] as const)
      expect((await other.as(caller).ok<{ total: number }>('GET', `/api/patients?q=${name}`)).total).toBe(1);
    expect(await filesWith(`${environment.folder}/index`, name)).not.toEqual([]);
    await other.server.admin.ok('POST', `/api/patients/${patientId}/erasure`, { confirm: patientId });
    await other.server.stop();
    for (const text of [name, diagnosis]) expect(await filesWith(environment.folder, text)).toEqual([]);
  } finally {
    await environment.remove();
  }
});
