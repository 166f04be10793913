/** The pages of devices, with real tablets syncing. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Login } from '../support/api-client.ts';
import { SKIP_BROWSER } from '../support/browser.ts';
import { createNetwork, newDocument, newPatient, PASSWORD } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { RxdbDevice } from '../support/rxdb-device.ts';
import { syncRequest } from '../support/sync-request.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { DashboardBrowser } from './dashboard-browser.ts';

describe.skipIf(SKIP_BROWSER)('the pages of devices', () => {
  let server: TestServer;
  let browser: DashboardBrowser;
  let doctor: Login;
  let nurse: Login;
  let rxdb: RxdbDevice;
  let patient: ReturnType<typeof newPatient>;
  beforeAll(async () => {
    server = await startServer();
    browser = await DashboardBrowser.launch(server);
    await createNetwork(server.admin);
    const announced = { clientVersion: 'Clinic app 2.1', schemaVersion: 1 };
    doctor = await server.api.login('doctornorth', PASSWORD, { deviceName: 'Consulting room 1' });
    nurse = await server.api.login('nursenorth', PASSWORD, { deviceName: 'Ward tablet', ...announced });
    patient = newPatient(doctor.principal);
    await server.api.as(doctor.accessToken).ok('POST', '/api/patients', patient);
    const south = await server.api.login('nursesouth', PASSWORD, { deviceName: 'South tablet' });
    rxdb = await RxdbDevice.start(south);
    await rxdb.awaitInSync();
    await new PouchDevice(doctor).pull();
  });
  afterAll(async () => {
    await rxdb?.close();
    await browser?.close();
    await server?.close();
  });

  const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name }) });
  const writeVitals = async (times: number) => {
    for (let n = 0; n < times; n++) {
      const vital = newDocument('vital', patient, doctor.principal);
      await server.api.as(doctor.accessToken).ok('POST', '/api/vitals', vital);
    }
  };

  it('show exactly what each tablet has to pull, while it happens', async () => {
    const tablet = new PouchDevice(nurse);
    await tablet.pull();
    const { page, complaints, foreignRequests, close } = await browser.logIn('/admin/devices');
    await rowOf(page, 'Ward tablet').getByRole('cell', { name: 'Clinic app 2.1, schema 1' }).waitFor();
    const toPull = () => rowOf(page, 'Ward tablet').getByRole('cell').nth(1).innerText();
    const shows = (number: string) =>
      waitFor(async () => (await toPull()) === number, { what: `${number} being shown`, timeoutMs: 15_000 });
    // The reference database was not pulled: the clinics and the staff are in it.
    const before = Number(await toPull());
    await writeVitals(4);
    await shows(String(before + 4));
    await tablet.pull();
    await shows(String(before));
    const stop = tablet.live();
    await rowOf(page, 'Ward tablet').getByText('Connected').waitFor();
    stop();
    await rowOf(page, 'Ward tablet').getByText('Offline').waitFor();
    await rowOf(page, 'South tablet').getByText('Connected').waitFor();
    expect(complaints).toEqual([]);
    expect(foreignRequests).toEqual([]);
    await close();
  });

  it('say which limit of a server a tablet has reached, and until when', async () => {
    const south = await server.api.login('doctorsouth', PASSWORD, { deviceName: 'Broken tablet' });
    for (let n = 0; n <= 200; n++) await syncRequest(south, 'PUT', `/_local/x${n}`, {});
    const { page, complaints, violations, close } = await browser.logIn('/admin/devices?overQuota=true');
    await rowOf(page, 'Broken tablet').getByText('Over a limit').waitFor();
    await rowOf(page, 'Broken tablet').getByRole('link').first().click();
    await page.getByText('Too many local documents: it may add none, since').waitFor();
    await page.getByText('1 of 1,000').waitFor();
    expect([complaints, await violations()]).toEqual([[], []]);
    await close();
  });

  it('find devices by what is asked for, and keep it in the address', async () => {
    const { page, complaints, close } = await browser.logIn('/admin/devices');
    await rowOf(page, 'Ward tablet').waitFor();
    await page.getByLabel('Clinic', { exact: true }).selectOption({ label: 'Clinic south' });
    await rowOf(page, 'Ward tablet').waitFor({ state: 'detached' });
    await rowOf(page, 'South tablet').waitFor();
    await page.getByLabel('State').selectOption({ label: 'Connected' });
    expect(new URL(page.url()).searchParams.get('clinic')).toBe('south');
    await page.getByRole('button', { name: 'Show all devices' }).click();
    await page.getByLabel('Name, id or owner').fill('consult');
    await rowOf(page, 'South tablet').waitFor({ state: 'detached' });
    await page.reload();
    await rowOf(page, 'Consulting room 1').waitFor();
    expect(await page.getByLabel('Name, id or owner').inputValue()).toBe('consult');
    await page.getByLabel('Name, id or owner').fill('');
    await rowOf(page, 'South tablet').waitFor();
    await page.getByRole('button', { name: 'Device' }).click();
    await waitFor(async () => (await namesIn(page)).join() === [...(await namesIn(page))].sort(ignoringCase).join(), {
      what: 'the list being sorted by name',
    });
    expect(await page.getByRole('columnheader', { name: 'Device' }).getAttribute('aria-sort')).toBe('ascending');
    expect(complaints).toEqual([]);
    await close();
  });

  it('rename, revoke and restore a tablet that syncs', async () => {
    const login = await server.api.login('pharmacistnorth', PASSWORD, { deviceName: 'Counter' });
    const tablet = new PouchDevice(login);
    const replication = tablet.local.replicate.from(tablet.remote, { live: true, retry: true });
    let ended = false;
    replication.catch(() => {
      ended = true;
    });
    const { page, complaints, close } = await browser.logIn('/admin/devices');
    await page.getByRole('link', { name: 'Counter' }).click();
    await page.getByRole('heading', { level: 1, name: 'Counter' }).waitFor();
    await page.getByText('Connected').waitFor();
    await page.getByRole('button', { name: 'Rename…' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Pharmacy counter');
    await page.getByRole('button', { name: 'Rename', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Pharmacy counter' }).waitFor();
    await page.getByRole('button', { name: 'Revoke…' }).click();
    await page.getByRole('dialog').getByText('this does not delete anything from the tablet').waitFor();
    await page.keyboard.press('Escape');
    expect(ended).toBe(false);
    await page.getByRole('button', { name: 'Revoke…' }).click();
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await waitFor(() => ended, { what: 'the replication ending' });
    await page.getByText('nobody can log in from it').waitFor();
    const { principal, deviceSecret } = login;
    const again = { username: 'pharmacistnorth', password: PASSWORD, deviceId: principal.deviceId, deviceSecret };
    expect((await server.api.request('POST', '/api/login', again)).status).toBe(403);
    await page.getByRole('button', { name: 'Let in again…' }).click();
    await page.getByRole('button', { name: 'Let in again', exact: true }).click();
    await page.getByRole('button', { name: 'Revoke…' }).waitFor();
    expect((await server.api.request('POST', '/api/login', again)).status).toBe(200);
    await page.getByRole('button', { name: 'Revoke…' }).click();
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByRole('button', { name: 'Forget…' }).click();
    await page.getByRole('dialog').getByText('Its account goes on needing a code').waitFor();
    await page.getByRole('button', { name: 'Forget', exact: true }).click();
    await page.waitForURL('**/admin/devices');
    await rowOf(page, 'Pharmacy counter').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await close();
  });

  it('make a code for an account of which a device was revoked', async () => {
    const { page, complaints, close } = await browser.logIn('/admin/accounts/pharmacistnorth');
    await page.getByRole('button', { name: 'New device…' }).click();
    await page.getByRole('button', { name: 'Make a code' }).click();
    const code = await page.getByLabel('Code', { exact: true }).inputValue();
    const login = { username: 'pharmacistnorth', password: PASSWORD, deviceName: 'New counter' };
    expect((await server.api.request('POST', '/api/login', login)).body).toMatchObject({ code: 'enrolment_needed' });
    const enrolled = await server.api.request('POST', '/api/login', { ...login, enrolmentCode: code });
    expect(enrolled.status).toBe(200);
    await page.getByRole('button', { name: 'Done' }).click();
    expect(complaints).toEqual([]);
    await close();
  });

  it('tell a tablet to make a fresh replica, and show when it has begun', async () => {
    const tablet = new PouchDevice(nurse);
    await tablet.pull();
    const { page, complaints, close } = await browser.logIn(`/admin/devices/${nurse.principal.deviceId}`);
    await page.getByRole('button', { name: 'Fresh replica…' }).click();
    await page.getByRole('dialog').getByText('What it wrote and has not sent yet is not lost.').waitFor();
    await page.getByRole('button', { name: 'Make a fresh replica' }).click();
    await page.getByText('Told to make a fresh replica').waitFor();
    const position = page.getByRole('row').filter({ hasText: 'nurse-north' }).last();
    await tablet.pull();
    await page.getByText('Told to make a fresh replica').waitFor({ state: 'detached' });
    await position.getByText('All types').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('say what is not there', async () => {
    const { page, goTo, close } = await browser.logIn('/admin/devices?q=nothing-is-called-so');
    await page.getByText('No device is like that.').waitFor();
    await goTo('/admin/devices/unheard-of', 'Device');
    await page.getByText('No device has this id.').waitFor();
    await close();
  });

  it('look right as a list', async () => {
    const tablet = new PouchDevice(nurse);
    await tablet.put(newDocument('prescription', patient, nurse.principal));
    await tablet.push();
    const list = (page: Page) => rowOf(page, 'Ward tablet').waitFor();
    expect(await browser.looks('devices', '/admin/devices', list)).toEqual([]);
  });

  it('look right one by one', async () => {
    const { deviceId } = rxdb.login.principal;
    const detail = (page: Page) => page.getByRole('heading', { name: 'Confirmed positions' }).waitFor();
    expect(await browser.looks('device', `/admin/devices/${deviceId}`, detail)).toEqual([]);
  });

  it('look right where they ask what to do', async () => {
    const dialog = async (page: Page) => {
      await page.getByRole('button', { name: 'Fresh replica…' }).click();
      await page.getByRole('dialog').waitFor();
    };
    expect(await browser.looks('device-dialog', `/admin/devices/${nurse.principal.deviceId}`, dialog)).toEqual([]);
  });
});

const namesIn = async (page: Page): Promise<string[]> =>
  (await page.getByRole('row').locator('[role=cell]:first-child').allInnerTexts()).map((name) => name.trim());

const ignoringCase = (a: string, b: string): number => (a.toLowerCase() < b.toLowerCase() ? -1 : 1);
