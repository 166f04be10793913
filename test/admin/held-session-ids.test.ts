/** The id of a session is between the server and the session's device: whoever has it can end the session. */
import { expect, it } from 'vitest';
import { createNetwork, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer } from '../support/test-server.ts';

it('is not in what is held, as it is stored and as it is answered', async () => {
  const server = await startServer();
  try {
    await createNetwork(server.admin);
    const nurse = await loginStaff(server.api, 'nurseNorth');
    const tablet = new PouchDevice(nurse);
    await tablet.put(newDocument('prescription', newPatient(nurse.principal), nurse.principal));
    await tablet.push();
    const { sid } = JSON.parse(Buffer.from(nurse.accessToken.split('.')[1] ?? '', 'base64url').toString()) as {
      readonly sid: string;
    };
    const { items } = await server.admin.ok<{ items: { id: string }[] }>('GET', '/api/admin/held-writes');
    expect(items).toHaveLength(1);
    const detail = await server.admin.ok('GET', `/api/admin/held-writes/${items[0]?.id}`);
    const { userId, role, clinicId, deviceId } = nurse.principal;
    expect(detail.by).toEqual({ userId, role, clinicId, deviceId });
    const held = await server.core.store.open(`${server.environment.env.VITASYNC_DB_PREFIX}-held`);
    const stored = JSON.stringify(await held.range({ prefix: '', limit: 100 }));
    expect(stored).toContain(deviceId);
    expect(stored).not.toContain(sid);
  } finally {
    await server.close();
  }
});
