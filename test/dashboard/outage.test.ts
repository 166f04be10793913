/** The store goes away under the open dashboard, and comes back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SKIP_BROWSER } from '../support/browser.ts';
import { COUCHDB_URL } from '../support/environment.ts';
import { type OutageServer, startServerWithOutage } from '../support/store-outage.ts';
import { waitFor } from '../support/wait-for.ts';
import { DashboardBrowser } from './dashboard-browser.ts';

const OUTAGE = 'The server cannot reach its store';

describe.skipIf(SKIP_BROWSER)('the dashboard without its store', () => {
  let outage: OutageServer;
  let browser: DashboardBrowser;
  beforeAll(async () => {
    outage = await startServerWithOutage();
    browser = await DashboardBrowser.launch(outage.server);
  });
  afterAll(async () => {
    await browser?.close();
    await outage?.close();
  });

  it('says what happened and goes on by itself when the store is back', async () => {
    const opened = await browser.logIn('/admin/audit');
    const { page } = opened;
    await page.getByRole('cell', { name: 'Logged in' }).first().waitFor();
    await outage.takeAway();
    await page.getByRole('alert').filter({ hasText: OUTAGE }).waitFor();
    expect(await opened.violations()).toEqual([]);
    // What was read before is still there.
    expect(await page.getByRole('cell', { name: 'Logged in' }).count()).toBeGreaterThan(0);
    await outage.giveBack();
    await page.getByRole('alert').filter({ hasText: OUTAGE }).waitFor({ state: 'detached' });
    // What failed meanwhile is tried again at once, not when its turn comes.
    const { projector } = outage.server.core;
    await waitFor(() => !projector.lag().failing, { what: 'the projector working', timeoutMs: 5_000 });
    await outage.server.admin.ok('POST', '/api/clinics', { slug: 'after', name: 'After the outage' });
    await outage.server.admin.ok('POST', '/api/accounts', {
      username: 'later',
      role: 'nurse',
      name: 'Later',
      clinicIds: ['after'],
    });
    await page.getByRole('cell', { name: 'Account created' }).waitFor();
    await opened.close();
  });

  it('says so to whoever opens it meanwhile, and opens by itself', async () => {
    const { page, close } = await browser.logIn('/admin/audit');
    await outage.takeAway();
    await page.getByRole('alert').filter({ hasText: OUTAGE }).waitFor();
    await page.reload();
    // The databases that the embedded store has open stay readable without their folder.
    await page
      .getByRole('alert')
      .filter({ hasText: /cannot (reach its store|serve the dashboard)/ })
      .waitFor();
    await outage.giveBack();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.getByRole('cell', { name: 'Logged in' }).first().waitFor();
    await close();
  });

  it.runIf(COUCHDB_URL)('answers requests with what happened', async () => {
    const { server } = outage;
    await outage.takeAway();
    const answer = await server.admin.request('GET', '/api/audit');
    expect([answer.status, answer.body.code]).toEqual([503, 'store_unavailable']);
    expect(answer.headers.get('retry-after')).toBe('5');
    await outage.giveBack();
    expect((await server.admin.request('GET', '/api/audit')).status).toBe(200);
  });
});
