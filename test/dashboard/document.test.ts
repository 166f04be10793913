/** "Where is it?" in a browser: a document that two tablets wrote at once, found, drawn, and followed to the devices. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiNetwork } from '../api/api-network.ts';
import { SKIP_BROWSER } from '../support/browser.ts';
import { edited, newDocument, newPatient, PASSWORD } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { DashboardBrowser } from './dashboard-browser.ts';

describe.skipIf(SKIP_BROWSER)('the page of a document', () => {
  let network: ApiNetwork;
  let browser: DashboardBrowser;
  let nurse: PouchDevice;
  let id = '';
  let patientId = '';

  beforeAll(async () => {
    network = await ApiNetwork.start();
    browser = await DashboardBrowser.launch(network.server);
    const doctor = new PouchDevice(await network.server.api.login('doctornorth', PASSWORD, { deviceName: 'Ward 1' }));
    nurse = new PouchDevice(await network.server.api.login('nursenorth', PASSWORD, { deviceName: 'Ward 2' }));
    const author = doctor.login.principal;
    const patient = newPatient(author, { firstName: 'Zoë', lastName: 'Quellmann' });
    const record = newDocument('record', patient, author);
    for (const one of [patient, record]) await doctor.put(one);
    await doctor.sync();
    await nurse.pull();
    [id, patientId] = [record._id, patient.patientId];
    // Two people change it at once, and both changes stay.
    await network.as('doctorNorth').ok('PATCH', `/api/records/${id}`, { diagnosis: 'Asthma' });
    await doctor.put({ ...(await doctor.get(id)), notes: 'Fever', ...edited(author) });
    await doctor.sync();
    await nurse.put({ ...(await nurse.get(id)), notes: 'mine', ...edited(nurse.login.principal) });
    await nurse.push();
  });
  afterAll(async () => {
    await browser?.close();
    await network?.close();
  });

  const address = () => `/admin/documents/${encodeURIComponent(id)}`;
  const device = (page: Page, name: string) =>
    page
      .getByRole('region', { name: /^Devices that sync/ })
      .getByRole('row')
      .filter({ hasText: name });

  it('is come to by the name of the patient', async () => {
    const { page, complaints, close } = await browser.logIn('/admin/documents');
    await page.getByLabel('Name of a patient').fill('zoe quel');
    await page.getByRole('link', { name: 'Zoë Quellmann' }).click();
    await page
      .getByRole('region', { name: /^Documents of this patient/ })
      .getByRole('link', { name: 'record' })
      .click();
    await page.getByText(id).first().waitFor();
    expect(decodeURIComponent(new URL(page.url()).pathname)).toBe(`/admin/documents/${id}`);
    expect(complaints).toEqual([]);
    await close();
  });

  it('is come to by the id, and says what to do where nothing is there', async () => {
    const { page, close } = await browser.logIn('/admin/documents');
    await page.getByLabel('Name of a patient').fill(`${patientId}:vital:01h00000000000000000000000`);
    await page.keyboard.press('Enter');
    await page.getByText('This document is not here').waitFor();
    await page.getByText('has not been pushed yet').waitFor();
    await close();
  });

  it('draws the tree, which can be used by keyboard, and shows what a revision changed', async () => {
    const { page, complaints, foreignRequests, close } = await browser.logIn(address());
    const tree = page.getByRole('region', { name: 'Revision tree' });
    await tree.getByRole('button', { name: /Merge of two changes, present/ }).waitFor();
    expect(await tree.getByRole('button').count()).toBe(5);
    const pushed = tree.getByRole('button', { name: /Pushed by a device/ }).last();
    await pushed.focus();
    await page.keyboard.press('Enter');
    await tree.getByRole('button', { name: /Pushed by a device/, pressed: true }).waitFor();
    const changes = page.getByRole('region', { name: 'What it changed' });
    await changes.getByRole('row').filter({ hasText: 'notes' }).waitFor();
    expect(await changes.getByRole('row').filter({ hasText: 'diagnosis' }).count()).toBe(0);
    await changes.getByText('Fever').waitFor();
    expect(
      await page
        .getByRole('region', { name: /^Revisions, newest/ })
        .getByRole('row')
        .count(),
    ).toBe(6);
    expect(complaints).toEqual([]);
    expect(foreignRequests).toEqual([]);
    await close();
  });

  it('shows where it is and who has it, as soon as that changes', async () => {
    const { page, complaints, close } = await browser.logIn(address());
    await page.getByText('as the rules say.').first().waitFor();
    const databases = page.getByRole('region', { name: /^Role databases that hold/ });
    await databases.getByRole('row').filter({ hasText: 'nurse-north' }).filter({ hasText: 'whole' }).waitFor();
    await device(page, 'Ward 2').filter({ hasText: 'still to pull' }).waitFor();
    await nurse.pull();
    await device(page, 'Ward 2').filter({ hasText: 'has it' }).waitFor();
    await page.getByRole('link', { name: 'Only the author may do this.' }).waitFor();
    await network.as('doctorNorth').ok('PATCH', `/api/records/${id}`, { confidential: true });
    await databases
      .getByRole('row')
      .filter({ hasText: 'nurse-north' })
      .filter({ hasText: 'that it is gone' })
      .waitFor();
    await network.as('doctorNorth').ok('PATCH', `/api/records/${id}`, { confidential: false });
    expect(complaints).toEqual([]);
    await close();
  });

  it('looks right', async () => {
    const ready = (page: Page) => page.getByRole('region', { name: /^(What it changed|Its fields)/ }).waitFor();
    expect(await browser.looks('document', address(), ready)).toEqual([]);
  });

  it('looks right where it is found', async () => {
    const found = (page: Page) => page.getByRole('link', { name: 'Zoë Quellmann' }).waitFor();
    expect(await browser.looks('find-document', '/admin/documents?q=quellmann', found)).toEqual([]);
  });

  it('looks right for a patient, with what belongs to them', async () => {
    const documents = (page: Page) => page.getByRole('region', { name: /^Documents of this/ });
    const listed = (page: Page) => documents(page).getByRole('link').first().waitFor();
    expect(await browser.looks('patient-document', `/admin/documents/${patientId}`, listed)).toEqual([]);
  });
});
