import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SKIP_BROWSER } from '../support/browser.ts';
import { createNetwork, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { DashboardBrowser } from './dashboard-browser.ts';

const MONTH_MS = 31 * 86_400_000;
const PATH = '/admin/waiting-documents';

describe.skipIf(SKIP_BROWSER)('the page of documents without a patient', () => {
  let server: TestServer;
  let browser: DashboardBrowser;
  let tablet: PouchDevice;
  let passedMs = 0;
  beforeAll(async () => {
    server = await startServer({ nowMs: () => Date.now() + passedMs });
    browser = await DashboardBrowser.launch(server);
    await createNetwork(server.admin);
    const doctor = await loginStaff(server.api, 'doctorNorth');
    tablet = new PouchDevice(doctor);
    const patient = newPatient(doctor.principal);
    for (const type of ['record', 'vital'] as const) await tablet.put(newDocument(type, patient, doctor.principal));
    await tablet.push();
    passedMs = MONTH_MS;
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const row = (page: Page) => page.getByRole('link', { name: /^medical record/ });

  it('is come to from the overview, and leads to the document', async () => {
    const { page, complaints, foreignRequests, close } = await browser.logIn('/admin');
    await page.getByText('2 documents came without a patient').first().waitFor();
    await page.locator(`a[href="${PATH}"]`).first().click();
    await page.getByRole('heading', { name: 'Without a patient' }).waitFor();
    await row(page).click();
    await page.getByText('Acute bronchitis').first().waitFor();
    expect(complaints).toEqual([]);
    expect(foreignRequests).toEqual([]);
    await close();
  });

  it('looks right', async () => {
    expect(await browser.looks('waiting-documents', PATH, (page) => row(page).waitFor())).toEqual([]);
  });
});
