/** "Try the rules" in a browser: whose rules, on which document, and what a change would become. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiNetwork } from '../api/api-network.ts';
import { SKIP_BROWSER } from '../support/browser.ts';
import { newDocument, newPatient } from '../support/network.ts';
import { DashboardBrowser } from './dashboard-browser.ts';

describe.skipIf(SKIP_BROWSER)('trying the rules', () => {
  let network: ApiNetwork;
  let browser: DashboardBrowser;
  let prescription = '';
  let record = '';

  beforeAll(async () => {
    network = await ApiNetwork.start();
    browser = await DashboardBrowser.launch(network.server);
    const author = network.login('doctorNorth').principal;
    const patient = newPatient(author, { firstName: 'Zoë', lastName: 'Quellmann' });
    const [secret, lines] = [
      newDocument('record', patient, author, { confidential: true }),
      newDocument('prescription', patient, author),
    ];
    const api = network.as('doctorNorth');
    await api.ok('POST', '/api/patients', patient);
    await api.ok('POST', '/api/records', secret);
    await api.ok('POST', '/api/prescriptions', lines);
    [record, prescription] = [secret._id, lines._id];
  });
  afterAll(async () => {
    await browser?.close();
    await network?.close();
  });

  const address = (query: Record<string, string>) => `/admin/rules?${new URLSearchParams(query).toString()}`;
  const fields = (page: Page) => page.getByRole('region', { name: /^The document, what they have/ });

  it('says first whether somebody sees a document, found by their names', async () => {
    const { page, complaints, foreignRequests, close } = await browser.logIn('/admin/rules');
    await page.getByLabel('Name or username of an account').fill('nursenorth');
    await page.getByRole('button', { name: 'nurseNorth' }).click();
    await page.getByLabel('Name of a patient').fill('quellmann');
    await page.getByRole('link', { name: 'Zoë Quellmann' }).click();
    await page.getByText('A nurse of north reads this patient whole').waitFor();
    await page.getByText('Choose a document of this patient').click();
    await page.getByRole('link', { name: 'record' }).click();
    await page.getByText(/A nurse of north does not see this record: .* its confidential is true/).waitFor();
    expect(new URL(page.url()).searchParams.get('documentId')).toBe(record);
    expect(complaints).toEqual([]);
    expect(foreignRequests).toEqual([]);
    await close();
  });

  it('shows the two copies side by side, what is hidden, and what may be changed', async () => {
    const { page, complaints, close } = await browser.logIn(
      address({ username: 'pharmacistnorth', documentId: prescription }),
    );
    await page.getByText('A pharmacist of north reads this prescription without notes and reason').waitFor();
    await fields(page).getByRole('row').filter({ hasText: 'Allergy checked' }).filter({ hasText: 'hidden' }).waitFor();
    await fields(page)
      .getByRole('row', { name: /^dispenseNotes.*yes/ })
      .waitFor();
    await fields(page)
      .getByRole('row', { name: /^patientName.*no/ })
      .waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('says what would become of a change, and changes nothing', async () => {
    const { page, complaints, close } = await browser.logIn(
      address({ username: 'pharmacistnorth', documentId: prescription }),
    );
    await page.getByLabel('Field', { exact: true }).selectOption('patientName');
    await page.getByLabel('New value').fill('Somebody Else');
    await page.getByRole('button', { name: 'Try this change' }).click();
    await page.getByText('The change would be refused, and held for review').waitFor();
    await page.getByText('field_not_allowed').first().waitFor();
    await page.getByLabel('Field', { exact: true }).selectOption('dispenseNotes');
    await page.getByLabel('New value').fill('Generic');
    await page.getByRole('button', { name: 'Try this change' }).click();
    await page.getByText('The change would be accepted').waitFor();
    await page.getByRole('button', { name: 'Try to delete it' }).click();
    await page.getByText('The deletion would be refused').waitFor();
    const stored = await network.server.admin.ok('GET', `/api/prescriptions/${prescription}`);
    expect(stored).not.toHaveProperty('dispenseNotes');
    expect(complaints).toEqual([]);
    await close();
  });

  it('takes somebody made up, of a clinic that is searched for', async () => {
    const { page, close } = await browser.logIn(address({ documentId: prescription }));
    await page.getByLabel('or someone made up: role').selectOption('doctor');
    await page.getByLabel('Name or slug of the clinic').fill('sou');
    await page.getByRole('button', { name: 'Clinic south (south)' }).click();
    await page.getByText('A doctor of south does not see this prescription').waitFor();
    await close();
  });

  it('shows the table of each role', async () => {
    const { page, close } = await browser.logIn('/admin/rules');
    const table = page.getByRole('region', { name: 'The access table of nurses' });
    await table.getByText('a nurse reads the records of the clinic that are not confidential').waitFor();
    await page.getByLabel('Role', { exact: true }).selectOption('pharmacist');
    await page.getByText('a pharmacist fills and un-fills prescriptions').waitFor();
    expect(new URL(page.url()).searchParams.get('table')).toBe('pharmacist');
    await close();
  });

  it('looks right', async () => {
    const shown = (page: Page) => fields(page).waitFor();
    const both = address({ username: 'pharmacistnorth', documentId: prescription });
    expect(await browser.looks('rules', both, shown)).toEqual([]);
  });

  it('looks right where nothing is chosen', async () => {
    const empty = (page: Page) => page.getByRole('region', { name: /^The access table of/ }).waitFor();
    expect(await browser.looks('rules-empty', '/admin/rules', empty)).toEqual([]);
  });
});
