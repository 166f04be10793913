/** The overview as an administrator sees it, while real tablets sync. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SKIP_BROWSER } from '../support/browser.ts';
import { createNetwork, loginStaff } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { refuseOneWrite } from '../support/refused-write.ts';
import { type OutageServer, startServerWithOutage } from '../support/store-outage.ts';
import type { TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { DashboardBrowser } from './dashboard-browser.ts';

describe.skipIf(SKIP_BROWSER)('the overview', () => {
  let outage: OutageServer;
  let server: TestServer;
  let browser: DashboardBrowser;
  beforeAll(async () => {
    outage = await startServerWithOutage();
    ({ server } = outage);
    browser = await DashboardBrowser.launch(server);
    await createNetwork(server.admin);
    for (let n = 1; n <= 12; n++)
      await server.admin.ok('POST', '/api/clinics', { slug: `post-${n}`, name: `Outreach post ${n}` });
    await server.settled();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await outage?.close();
  });

  /** The value below a name among the key figures. */
  const figure = (page: Page, name: string) =>
    page.locator(`xpath=//dt[normalize-space(.)="${name}"]/following-sibling::dd[1]`);

  it('says that all is well, and at once what is not, with the way there', async () => {
    const { page, complaints, foreignRequests, close } = await browser.logIn('/admin');
    await page.getByText(/^All is well/).waitFor();
    await refuseOneWrite(server);
    await page.getByText('1 held write waits for a decision.').first().waitFor();
    await page
      .getByRole('status')
      .filter({ hasText: /Needs attention.*1 held write/ })
      .waitFor();
    const link = page.getByRole('link', { name: 'Open the held writes' });
    expect(await link.getAttribute('href')).toBe('/admin/held-writes');
    expect(complaints).toEqual([]);
    expect(foreignRequests).toEqual([]);
    await close();
  });

  it('counts a tablet that connects and goes, without being asked', async () => {
    const { page, complaints, close } = await browser.logIn('/admin');
    await waitFor(async () => (await figure(page, 'Devices connected').textContent()) === '0');
    const tablet = new PouchDevice(await loginStaff(server.api, 'nurseSouth'));
    const stop = tablet.live();
    await waitFor(async () => (await figure(page, 'Devices connected').textContent()) === '1');
    stop();
    await waitFor(async () => (await figure(page, 'Devices connected').textContent()) === '0');
    expect(complaints).toEqual([]);
    await close();
  });

  it('shows charts over three ranges of time, each with its numbers as a table', async () => {
    const { page, complaints, close } = await browser.logIn('/admin');
    const charts = page.getByRole('figure');
    await charts.first().waitFor();
    expect(await charts.count()).toBe(5);
    await page.getByText('Numbers of Writes of devices').click();
    const table = page.getByRole('region', { name: 'Writes of devices, per minute' });
    await table.getByRole('columnheader', { name: 'refused' }).waitFor();
    expect(await table.getByRole('row').count()).toBeGreaterThan(1);
    for (const range of ['Last day', 'Last 30 days']) {
      await page.getByRole('radio', { name: range }).check({ force: true });
      await page.getByRole('img', { name: /^Projector behind, seconds/ }).waitFor();
    }
    expect(new URL(page.url()).searchParams.get('range')).toBe('month');
    expect(complaints).toEqual([]);
    await close();
  });

  it('maps the clinics: by keyboard, by state, by name, and as a list', async () => {
    const { page, complaints, close } = await browser.logIn('/admin');
    const cell = (name: RegExp) => page.getByRole('link', { name });
    await cell(/^Outreach post 12: not in use, no device has synced yet; 0 devices$/).waitFor();
    const first = cell(/^Clinic north: needs attention, 1 held write open/);
    await first.focus();
    await page.getByRole('heading', { level: 3, name: /Clinic north/ }).waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Home');
    await page.getByRole('heading', { level: 3, name: /Clinic north/ }).waitFor();
    const databases = page.getByRole('region', { name: 'Role databases of Clinic north' });
    await databases.getByRole('link', { name: 'nurse-north' }).waitFor();
    await page.getByLabel('State').selectOption({ label: 'Needs attention' });
    await cell(/^Outreach post 12/).waitFor({ state: 'detached' });
    await page.getByLabel('State').selectOption({ label: 'Every state' });
    await page.getByLabel('Clinic', { exact: true }).fill('post 7');
    await cell(/^Outreach post 7/).waitFor();
    await cell(/^Clinic north:/).waitFor({ state: 'detached' });
    await page.getByRole('radio', { name: 'List' }).check({ force: true });
    await page.getByRole('table', { name: 'Clinics' }).getByRole('cell', { name: 'Outreach post 7' }).waitFor();
    const { searchParams } = new URL(page.url());
    expect([searchParams.get('view'), searchParams.get('q')]).toEqual(['list', 'post 7']);
    expect(complaints).toEqual([]);
    await close();
  });

  it('looks right', async () => {
    const ready = async (page: Page) => {
      await page.getByRole('figure').first().waitFor();
      await page.getByRole('link', { name: /^Outreach post 12/ }).waitFor();
    };
    expect(await browser.looks('overview', '/admin', ready)).toEqual([]);
    const listed = (page: Page) => page.getByRole('table', { name: 'Clinics' }).getByRole('row').nth(3).waitFor();
    expect(await browser.looks('overview-list', '/admin?view=list&range=day', listed)).toEqual([]);
  });

  it('says so when the store goes away, and goes on by itself when it is back', async () => {
    const { page, violations, close } = await browser.logIn('/admin');
    await page.getByRole('figure').first().waitFor();
    await outage.takeAway();
    await page
      .getByText(/cannot be reached: nothing can be read or written/)
      .first()
      .waitFor();
    expect(await violations()).toEqual([]);
    await outage.giveBack();
    await page
      .getByText(/cannot be reached: nothing can be read or written/)
      .first()
      .waitFor({ state: 'detached' });
    await close();
  }, 120_000);
});
