/** The page that shows the description, in a browser that reaches nothing but the server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SKIP_BROWSER, TestBrowser } from '../../support/browser.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';

describe.skipIf(SKIP_BROWSER)('the page', () => {
  let server: TestServer;
  let browser: TestBrowser;
  beforeAll(async () => {
    server = await startServer();
    browser = await TestBrowser.launch();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('lists the routes, and opens one, without asking anyone else', async () => {
    const { page, foreignRequests, complaints, close } = await browser.open(`${server.url}/api/docs`);
    await page.locator('#operations-patients-getPatientsByIdTimeline').waitFor();
    await page.locator('#operations-records-postRecords').getByRole('button').first().click();
    await page.getByText('Idempotency-Key').first().waitFor();
    await page.getByText('For: admin, doctor, nurse.').first().waitFor();
    expect(foreignRequests).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});
