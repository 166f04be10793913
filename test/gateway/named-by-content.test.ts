/** PouchDB names revisions by their content where an app does not forbid it: administrators are told of which device. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNetwork, edited, loginStaff, newPatient } from '../support/network.ts';
import { remoteOf, StockPouch } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
});
afterAll(() => server?.close());

type Options = ConstructorParameters<typeof StockPouch>[1];

async function tablet(options: Options = {}) {
  const login = await loginStaff(server.api, 'nurseNorth');
  const local = new StockPouch(`names-${randomBytes(8).toString('hex')}`, { adapter: 'memory', ...options });
  const remote = remoteOf(String(login.databases[0]?.url), login.accessToken);
  const { deviceId } = login.principal;
  const isNamed = async () => {
    const path = `/api/admin/devices/${deviceId}`;
    const { activity } = await server.admin.ok<{ activity?: { namedByContentAt?: string } }>('GET', path);
    const { items } = await server.admin.ok<{ items: { deviceId: string }[] }>(
      'GET',
      '/api/admin/devices?namedByContent=true&limit=100',
    );
    expect(items.some((device) => device.deviceId === deviceId)).toBe(activity?.namedByContentAt !== undefined);
    return activity?.namedByContentAt !== undefined;
  };
  const push = async () => {
    await local.replicate.to(remote);
    return isNamed();
  };
  return { local, push, author: login.principal };
}

/** Each tells by itself; the server forgets nothing, so each needs a device of its own. */
async function afterFirst(change: (document: Record<string, unknown>) => Record<string, unknown>): Promise<boolean> {
  const { local, push, author } = await tablet();
  const patient = newPatient(author, { lastName: 'Núñez' });
  // Pushed under a name that says nothing.
  const rev = `1-${randomBytes(16).toString('hex')}`;
  await local.bulkDocs([{ ...patient, _rev: rev }] as never, { new_edits: false });
  expect(await push()).toBe(false);
  const stored = await local.get(patient._id);
  await local.put(change({ ...stored, ...edited(author) }) as never);
  return push();
}

describe('a device whose PouchDB names revisions by their content', () => {
  it('is named by what it makes', async () => {
    const { local, push, author } = await tablet();
    await local.put(newPatient(author, { lastName: 'Núñez' }) as never);
    expect(await push()).toBe(true);
  });

  it.each([
    ['changes what it read', (document: Record<string, unknown>) => ({ ...document, lastName: 'Nuñez' })],
    ['puts it together anew', ({ _id, _rev, ...rest }: Record<string, unknown>) => ({ _id, _rev, ...rest })],
    ['deletes', ({ _id, _rev }: Record<string, unknown>) => ({ _id, _rev, _deleted: true })],
    ['deletes with the body', (document: Record<string, unknown>) => ({ ...document, _deleted: true })],
  ])('is named when it %s', async (_, change) => {
    expect(await afterFirst(change)).toBe(true);
  });

  it('is not, where its app forbids it', async () => {
    const { local, push, author } = await tablet({ deterministic_revs: false });
    const patient = newPatient(author);
    await local.put(patient as never);
    expect(await push()).toBe(false);
    await local.put({ ...(await local.get(patient._id)), ...edited(author), lastName: 'Other' });
    expect(await push()).toBe(false);
  });
});
