/** The pages of role databases and of the projector, with real tablets syncing. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childRevision } from '../../server/store/revisions.ts';
import { SKIP_BROWSER } from '../support/browser.ts';
import { addTo, removeFrom } from '../support/damage.ts';
import { createNetwork, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { RxdbDevice } from '../support/rxdb-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { DashboardBrowser } from './dashboard-browser.ts';

describe.skipIf(SKIP_BROWSER)('role databases', () => {
  let server: TestServer;
  let browser: DashboardBrowser;
  let nurse: PouchDevice;
  let rxdb: RxdbDevice;
  let stopLive: () => void;
  const kept: string[] = [];

  beforeAll(async () => {
    server = await startServer();
    browser = await DashboardBrowser.launch(server);
    await createNetwork(server.admin);
    nurse = new PouchDevice(await loginStaff(server.api, 'nurseNorth'));
    const patient = newPatient(nurse.login.principal);
    const vitals = Array.from({ length: 3 }, () => newDocument('vital', patient, nurse.login.principal));
    for (const document of [patient, ...vitals]) await nurse.put(document);
    kept.push(patient._id, ...vitals.map(({ _id }) => _id));
    stopLive = nurse.live();
    rxdb = await RxdbDevice.start(await loginStaff(server.api, 'doctorNorth'));
    await waitFor(async () => (await rxdb.counts()).vital === 3, { what: 'the vital signs on the tablet with RxDB' });
  });
  afterAll(async () => {
    stopLive?.();
    await rxdb?.close();
    await browser?.close();
    await server?.close();
  });

  const rowOf = (page: Page, name: string) =>
    page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });

  it('are listed with what is in them, filtered and sorted, and change as tablets sync', async () => {
    const { page, complaints, foreignRequests, close } = await browser.logIn('/admin/role-databases');
    await rowOf(page, 'nurse-north').getByRole('cell', { name: '4', exact: true }).first().waitFor();
    await rowOf(page, 'nurse-north').getByRole('cell', { name: '1', exact: true }).nth(1).waitFor();
    await nurse.put(
      newDocument('vital', { patientId: kept[0]?.split(':')[0] ?? '', clinicIds: ['north'] }, nurse.login.principal),
    );
    await rowOf(page, 'nurse-north').getByRole('cell', { name: '5', exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Documents' }).click();
    await page.waitForURL(/[?&]sort=documents$/);
    await page.getByRole('button', { name: 'Documents' }).click();
    await waitFor(async () => (await page.getByRole('row').nth(1).innerText()).includes('reference'), {
      what: 'the order',
    });
    expect(new URL(page.url()).search).toBe('?sort=-documents');
    await page.getByLabel('Read by').selectOption({ label: 'Nurses' });
    await rowOf(page, 'doctor-north').waitFor({ state: 'detached' });
    await page.getByRole('searchbox', { name: 'Name' }).fill('south');
    await rowOf(page, 'nurse-north').waitFor({ state: 'detached' });
    await page.getByText('1 in all').waitFor();
    await page.getByLabel('State').selectOption({ label: 'Waits to be built' });
    await page.getByText('No role database is like that.').waitFor();
    expect(complaints).toEqual([]);
    expect(foreignRequests).toEqual([]);
    await close();
  });

  it('get nothing while the projector is paused, which is said, and everything afterwards', async () => {
    const { page, complaints, close } = await browser.logIn('/admin/role-databases');
    await page.getByText('Running').waitFor();
    await page.getByRole('button', { name: 'Pause…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Pause the projector?' });
    await dialog.getByText('Nothing is lost').waitFor();
    await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText('Paused: devices get no news').waitFor();
    const { principal } = nurse.login;
    const added = newDocument('vital', { patientId: kept[0]?.split(':')[0] ?? '', clinicIds: ['north'] }, principal);
    await nurse.put(added);
    await page.getByText('1 revision', { exact: true }).waitFor();
    expect(await rxdb.get('vital', added._id)).toBeNull();
    await page.getByRole('button', { name: 'Resume…' }).click();
    await page.getByRole('dialog').getByText('1 revision that was written meanwhile goes').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume', exact: true }).click();
    await page.getByText('0 revisions', { exact: true }).waitFor();
    await waitFor(() => rxdb.get('vital', added._id), { what: 'the vital sign on the tablet with RxDB' });
    expect(complaints).toEqual([]);
    await close();
  });

  it('are compared with the primary, and set right by a rebuild when they differ', { timeout: 90_000 }, async () => {
    const { page, complaints, close, goTo } = await browser.logIn('/admin/role-databases');
    await rowOf(page, 'doctor-north').getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: 'doctor-north' }).waitFor();
    await page.getByText('It was never compared.').waitFor();
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText(/No differences among \d+ documents, compared /).waitFor();

    const serving = await server.core.roleDatabases.serving('doctor-north');
    if (!serving) throw new Error('it does not serve');
    const damaged = kept[1] ?? '';
    const { _id: stray, ...body } = newDocument('vital', newPatient(nurse.login.principal), nurse.login.principal);
    await removeFrom(serving, damaged);
    await addTo(serving, childRevision(undefined, stray, body));
    await waitFor(async () => (await rxdb.get('vital', damaged)) === null, { what: 'the damage on the tablet' });
    await page.getByRole('button', { name: 'Compare again' }).click();
    await page.getByText(/2 documents of \d+ differ/).waitFor();
    await page.getByRole('link', { name: damaged }).waitFor();
    await page.getByRole('cell', { name: /^Extra: it does not belong here/ }).waitFor();
    expect(await page.getByRole('link', { name: stray }).getAttribute('href')).toBe(
      `/admin/documents/${encodeURIComponent(stray)}`,
    );

    const build = server.core.roleDatabases.get('doctor-north')?.serving ?? '';
    await page.getByRole('button', { name: 'Rebuild…' }).click();
    await page.getByRole('dialog').getByText('Then 1 device will read it from its beginning').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Rebuild', exact: true }).click();
    await page.getByText(`${build}r2`, { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Rebuild…' }).waitFor();
    await page.getByRole('button', { name: 'Compare again' }).click();
    await page.getByText(/No differences among \d+ documents, compared /).waitFor();
    await waitFor(() => rxdb.get('vital', damaged), { what: 'the tablet being right' });
    await waitFor(async () => (await rxdb.get('vital', stray)) === null, { what: 'what belongs nowhere being gone' });
    // What is done about it is in the audit log.
    await goTo('/admin/audit', 'Audit log');
    await page.getByText('database doctor-north').first().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('work by the keyboard alone', async () => {
    const { page, close } = await browser.logIn('/admin/role-databases/nurse-south');
    const rebuild = page.getByRole('button', { name: 'Rebuild…' });
    await rebuild.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Rebuild…');
    await page.getByRole('button', { name: 'Compare' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText(/No differences among 0 documents/).waitFor();
    await close();
  });

  it('that do not exist are said so', async () => {
    const { page, close } = await browser.logIn('/admin/role-databases/nurse-nowhere');
    await page.getByText('No role database has this name.').first().waitFor();
    await close();
  });

  it('look right', { timeout: 120_000 }, async () => {
    const listed = async (page: Page) => {
      await rowOf(page, 'nurse-north').waitFor();
      await page.getByText('Running').waitFor();
    };
    expect(await browser.looks('role-databases', '/admin/role-databases', listed)).toEqual([]);
    await removeFrom((await server.core.roleDatabases.serving('nurse-north')) as never, kept[2] ?? '');
    await server.admin.ok('POST', '/api/admin/projector/pause');
    await server.admin.ok('POST', '/api/admin/role-databases/nurse-north/comparison');
    await server.admin.ok('POST', '/api/admin/role-databases/nurse-north/rebuild');
    const paused = (page: Page) => page.getByText('Paused: devices get no news').waitFor();
    expect(await browser.looks('role-databases-paused', '/admin/role-databases', paused)).toEqual([]);
    const compared = (page: Page) => page.getByText(/document of \d+ differs/).waitFor();
    expect(await browser.looks('role-database', '/admin/role-databases/nurse-north', compared)).toEqual([]);
    await server.admin.ok('POST', '/api/admin/projector/resume');
  });
});
