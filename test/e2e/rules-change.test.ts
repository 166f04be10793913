/** After a change of the rules, stock tablets that kept their local database end up with what the new rules allow. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SyncRules, syncRules } from '../../sync-rules/sync-rules.ts';
import { createEnvironment, type TestEnvironment } from '../support/environment.ts';
import { createNetwork, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

let environment: TestEnvironment;
beforeAll(async () => {
  environment = await createEnvironment();
});
afterAll(() => environment?.remove());

/** As today's, but that nurses see no vital signs at all, and no notes of records. */
const stricter: SyncRules = {
  ...syncRules,
  fingerprint: `${syncRules.fingerprint} stricter`,
  placement: (revision) =>
    syncRules.placement(revision).flatMap((placed) => {
      if (placed.database.role !== 'nurse' || !placed.body) return [placed];
      if (placed.body.type === 'vital') return [];
      const { notes: _, ...body } = placed.body;
      return [{ ...placed, body: body as typeof placed.body }];
    }),
};

async function moved(server: TestServer, device: PouchDevice): Promise<PouchDevice> {
  const again = new PouchDevice(await loginStaff(server.api, 'nurseNorth'));
  // The same tablet: its local database stays, the address of the restarted server is another.
  return Object.assign(again, { local: device.local });
}

const built = (server: TestServer) =>
  waitFor(
    () =>
      server.core.roleDatabases
        .list()
        .every(({ serving, building }) => serving === server.core.roleDatabases.epoch && !building),
    { what: 'the rebuild' },
  );

it('takes away what is no longer allowed, changes what looks different, and gives back what is allowed again', async () => {
  let server = await startServer({ environment });
  await createNetwork(server.admin);
  const me = (await loginStaff(server.api, 'nurseNorth')).principal;
  let nurse = new PouchDevice(await loginStaff(server.api, 'nurseNorth'));
  const patient = newPatient(me);
  const record = newDocument('record', patient, me);
  const vital = newDocument('vital', patient, me);
  for (const document of [patient, record, vital]) await nurse.put(document);
  await nurse.sync();
  expect(nurse.denied).toEqual([]);
  await server.stop();

  server = await startServer({ environment, rules: stricter });
  nurse = await moved(server, nurse);
  await built(server);
  await nurse.sync();
  expect(await nurse.ids()).toEqual([patient._id, record._id].sort());
  expect((await nurse.get(record._id)).notes).toBeUndefined();
  await server.stop();

  server = await startServer({ environment });
  nurse = await moved(server, nurse);
  await built(server);
  await nurse.sync();
  expect(await nurse.ids()).toEqual([patient._id, record._id, vital._id].sort());
  expect((await nurse.get(record._id)).notes).toBe('Cough for three days');
  await server.stop();
  server = await startServer({ environment });
  // CouchDB lists the databases of others as well, and goes on listing one for a moment after it was removed.
  const mine = `${String(environment.env.VITASYNC_DB_PREFIX)}-nurse-north-`;
  await waitFor(async () => (await server.core.store.list()).filter((name) => name.startsWith(mine)).length === 1, {
    what: 'only the database that serves being left',
  });
  await server.stop();
});
