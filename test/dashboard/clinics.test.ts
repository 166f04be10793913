/** The page of clinics. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SKIP_BROWSER } from '../support/browser.ts';
import { createNetwork, loginStaff, newPatient } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { DashboardBrowser } from './dashboard-browser.ts';

describe.skipIf(SKIP_BROWSER)('the page of clinics', () => {
  let server: TestServer;
  let browser: DashboardBrowser;
  beforeAll(async () => {
    server = await startServer();
    browser = await DashboardBrowser.launch(server);
    await createNetwork(server.admin);
    const doctor = await loginStaff(server.api, 'doctorNorth');
    await server.api.as(doctor.accessToken).ok('POST', '/api/patients', newPatient(doctor.principal));
    await new PouchDevice(doctor).pull();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const rowOf = (page: Page, slug: string) =>
    page.getByRole('row').filter({ has: page.locator('code').getByText(slug, { exact: true }) });
  const confirm = (page: Page, action: string) =>
    page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();

  it('counts accounts and devices, and leads to them', async () => {
    const { page, complaints, foreignRequests, close } = await browser.logIn('/admin/clinics');
    await rowOf(page, 'north').getByRole('link', { name: '3 of north' }).waitFor();
    await rowOf(page, 'north').getByRole('link', { name: '1 of north' }).click();
    await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
    expect(new URL(page.url()).search).toBe('?clinic=north');
    await page.getByRole('link', { name: 'doctornorth' }).waitFor();
    expect(complaints).toEqual([]);
    expect(foreignRequests).toEqual([]);
    await close();
  });

  it('creates a clinic, edits it and deletes it', async () => {
    const { page, complaints, close } = await browser.logIn('/admin/clinics');
    await page.getByRole('button', { name: 'New clinic…' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Harbour Clinic');
    await page.getByLabel('Short name', { exact: true }).fill('harbour');
    await confirm(page, 'Create');
    await rowOf(page, 'harbour').waitFor();
    await page.getByRole('button', { name: 'Edit Harbour Clinic' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Harbour House');
    await page.getByLabel('Address').fill('1 Quay');
    await confirm(page, 'Save');
    await rowOf(page, 'harbour').getByText('1 Quay').waitFor();
    await page.getByRole('button', { name: 'Edit Harbour House' }).click();
    await page.getByLabel('Address').fill('');
    await confirm(page, 'Save');
    await rowOf(page, 'harbour').getByText('1 Quay').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Delete Harbour House' }).click();
    await confirm(page, 'Delete');
    await rowOf(page, 'harbour').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await close();
  });

  it('says why a clinic with patients cannot be deleted', async () => {
    const { page, close } = await browser.logIn('/admin/clinics');
    await page.getByRole('button', { name: 'Delete Clinic north' }).click();
    await page.getByRole('dialog').getByText('3 accounts may still log in for it').waitFor();
    await confirm(page, 'Delete');
    await page.getByRole('dialog').getByRole('alert').getByText('refer them to another one first').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await rowOf(page, 'north').waitFor();
    await close();
  });

  it('looks right', async () => {
    const ready = (page: Page) => rowOf(page, 'north').getByRole('link', { name: '3 of north' }).waitFor();
    expect(await browser.looks('clinics', '/admin/clinics', ready)).toEqual([]);
  });

  it('looks right where a clinic is deleted', async () => {
    const dialog = async (page: Page) => {
      await page.getByRole('button', { name: 'Delete Clinic north' }).click();
      await page.getByRole('dialog').waitFor();
    };
    expect(await browser.looks('clinic-delete', '/admin/clinics', dialog)).toEqual([]);
  });
});
