import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SKIP_BROWSER } from '../support/browser.ts';
import { COUCHDB_URL } from '../support/environment.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { DashboardBrowser } from './dashboard-browser.ts';

describe.skipIf(SKIP_BROWSER)('the page of the system', () => {
  let server: TestServer;
  let browser: DashboardBrowser;
  beforeAll(async () => {
    server = await startServer();
    browser = await DashboardBrowser.launch(server);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('tells of the server, the store and the disk, with ages', async () => {
    const { page, complaints, foreignRequests, close } = await browser.logIn('/admin/system');
    await page
      .getByText(/Reachable$/)
      .first()
      .waitFor();
    await page.getByText(COUCHDB_URL ? /^CouchDB 3\./ : 'Embedded, LevelDB').waitFor();
    await page.getByRole('progressbar', { name: /^Disk used; .* free of / }).waitFor();
    await page.getByText('No other server has shared this store.').waitFor();
    await page.getByText(process.version).waitFor();
    expect(await page.getByText(/\(read .*\)/).count()).toBeGreaterThan(1);
    expect(complaints).toEqual([]);
    expect(foreignRequests).toEqual([]);
    await close();
  });

  it('looks right', async () => {
    const ready = (page: Page) =>
      page
        .getByText(/Reachable$/)
        .first()
        .waitFor();
    expect(await browser.looks('system', '/admin/system', ready)).toEqual([]);
  });
});
