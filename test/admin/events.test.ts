/** The stream that keeps open pages up to date. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createNetwork,
  createPatientAccount,
  loginStaff,
  newPatient,
  PASSWORD,
  STAFF,
  type StaffName,
} from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { type EventStream, openDashboard, openEvents } from './dashboard-client.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
});
afterAll(() => server?.close());

const opened: EventStream[] = [];
afterAll(() => {
  for (const stream of opened) stream.close();
});
async function open(headers: Record<string, string>): Promise<EventStream> {
  const stream = await openEvents(server, headers);
  opened.push(stream);
  return stream;
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const topicsOf = (stream: EventStream): string[] =>
  [...stream.text().matchAll(/^event: changed\ndata: (.+)$/gm)].flatMap(
    ([, data = '']) => (JSON.parse(data) as { topics: string[] }).topics,
  );
const heard = (stream: EventStream, topic: string) =>
  waitFor(() => topicsOf(stream).includes(topic), { what: `news of ${topic}` });

describe('the stream of events', () => {
  it('tells what changed, and nothing of what it is', async () => {
    const { cookie } = await openDashboard(server);
    const stream = await open({ cookie });
    expect([stream.status, stream.contentType]).toEqual([200, 'text/event-stream; charset=utf-8']);
    await waitFor(() => stream.text().includes('event: hello'), { what: 'the greeting' });
    const doctor = await loginStaff(server.api, 'doctorNorth');
    await heard(stream, 'accounts');
    const tablet = new PouchDevice(doctor);
    await tablet.pull();
    await heard(stream, 'devices');
    const { _id, ...patient } = newPatient(doctor.principal);
    await tablet.put({ _id, ...patient });
    await tablet.push();
    await heard(stream, 'documents');
    await heard(stream, 'role-databases');
    await server.admin.ok('PATCH', `/api/admin/devices/${doctor.principal.deviceId}`, { name: 'Ward' });
    await heard(stream, 'audit');
    expect(stream.text()).not.toContain(_id);
    expect(stream.text()).not.toContain(doctor.principal.deviceId);
  });

  it('is for administrators', async () => {
    for (const name of Object.keys(STAFF) as StaffName[]) {
      const { accessToken } = await loginStaff(server.api, name);
      expect((await open(bearer(accessToken))).status, name).toBe(403);
    }
    const doctor = await loginStaff(server.api, 'doctorNorth');
    const { patientId } = await server.api.as(doctor.accessToken).ok<{ patientId: string }>('POST', '/api/patients', {
      firstName: 'Ada',
      lastName: 'Quill',
      sex: 'female',
      birthDate: '1980-01-02',
    });
    const patient = await createPatientAccount(server.admin, patientId);
    expect((await open(bearer(patient.accessToken))).status).toBe(403);
    expect((await open({})).status).toBe(401);
    expect((await open(bearer('forged'))).status).toBe(401);
    expect((await open({ cookie: 'vitasync_dashboard=forged' })).status).toBe(401);
  });

  it('ends when its session does', async () => {
    await server.admin.ok('POST', '/api/accounts', {
      username: 'leaver',
      role: 'admin',
      name: 'Leaver',
      password: PASSWORD,
    });
    const leaver = await openDashboard(server, 'leaver', PASSWORD);
    const stream = await open({ cookie: leaver.cookie });
    await waitFor(() => stream.text().includes('event: hello'), { what: 'the greeting' });
    await server.admin.ok('PATCH', '/api/accounts/leaver', { disabled: true });
    await stream.ended;
    expect(stream.text()).toContain('event: ended');
  });

  it('answers HEAD without a stream', async () => {
    const { cookie } = await openDashboard(server);
    const response = await fetch(`${server.url}/api/admin/events`, { method: 'HEAD', headers: { cookie } });
    expect(response.status).toBe(200);
  });

  it('ends when the server stops', async () => {
    const other = await startServer();
    const { cookie } = await openDashboard(other);
    const stream = await openEvents(other, { cookie });
    const stopped = other.close();
    await stream.ended;
    await stopped;
  });
});
