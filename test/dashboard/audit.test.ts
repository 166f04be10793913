import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SKIP_BROWSER } from '../support/browser.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { DashboardBrowser } from './dashboard-browser.ts';

describe.skipIf(SKIP_BROWSER)('the audit log', () => {
  let server: TestServer;
  let browser: DashboardBrowser;
  beforeAll(async () => {
    server = await startServer();
    browser = await DashboardBrowser.launch(server);
    await server.admin.ok('POST', '/api/clinics', { slug: 'north', name: 'Clinic North' });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('shows what an administrator does as soon as it is done', async () => {
    const { page, complaints, foreignRequests, close } = await browser.logIn('/admin/audit');
    await page.getByRole('cell', { name: 'Logged in' }).first().waitFor();
    const account = { username: 'nina', role: 'nurse', name: 'Nina Moreno', clinicIds: ['north'] };
    await server.admin.ok('POST', '/api/accounts', account);
    await page.getByRole('cell', { name: 'Account created' }).waitFor();
    await page.getByLabel('What').selectOption({ label: 'Account created' });
    await page.getByRole('cell', { name: 'Logged in' }).waitFor({ state: 'detached' });
    await page.getByRole('cell', { name: 'Account created' }).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    expect(new URL(page.url()).search).toBe('?kind=account_created');
    expect(complaints).toEqual([]);
    expect(foreignRequests).toEqual([]);
    await close();
  });

  it('looks right', async () => {
    const ready = (page: Page) => page.getByRole('cell', { name: 'Logged in' }).first().waitFor();
    expect(await browser.looks('audit', '/admin/audit', ready)).toEqual([]);
  });
});
