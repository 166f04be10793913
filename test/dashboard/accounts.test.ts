/** The pages of accounts: each action, with the tablets of the account on the other side. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SKIP_BROWSER } from '../support/browser.ts';
import { createNetwork, loginStaff, PASSWORD } from '../support/network.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { DashboardBrowser } from './dashboard-browser.ts';

const NEW_PASSWORD = 'seven quiet otters';

describe.skipIf(SKIP_BROWSER)('the pages of accounts', () => {
  let server: TestServer;
  let browser: DashboardBrowser;
  beforeAll(async () => {
    server = await startServer();
    browser = await DashboardBrowser.launch(server);
    await createNetwork(server.admin);
    await loginStaff(server.api, 'nurseSouth');
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const linkIn = async (page: Page) => {
    const link = await page.getByRole('dialog').getByLabel('Link').inputValue();
    return { link, token: link.split('#token=')[1] };
  };
  const confirm = (page: Page, action: string) =>
    page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();

  it('create an account, whose link is shown once and sets its password', async () => {
    const { page, complaints, foreignRequests, close } = await browser.logIn('/admin/accounts');
    await page.getByRole('button', { name: 'New account…' }).click();
    await page.getByLabel('Username', { exact: true }).fill('Dora');
    await page.getByLabel('Name', { exact: true }).fill('Dora Day');
    await page.getByRole('dialog').getByLabel('Role').selectOption({ label: 'Doctor' });
    await confirm(page, 'Create');
    await page.getByText('a doctor needs at least one clinic').waitFor();
    await page.getByRole('checkbox', { name: 'Clinic north' }).check();
    await confirm(page, 'Create');
    await page.getByRole('heading', { name: 'A link for dora' }).waitFor();
    const { link, token } = await linkIn(page);
    expect(link).toContain('/set-password#');
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Done' }).click();
    const row = page.getByRole('row').filter({ hasText: 'Dora Day' });
    await row.getByText('Invited').waitFor();
    expect(await page.getByText(String(token)).count()).toBe(0);
    await server.api.ok('POST', '/api/set-password', { token, password: NEW_PASSWORD });
    await row.getByText('Active').waitFor();
    expect((await server.api.login('dora', NEW_PASSWORD)).principal.clinicId).toBe('north');
    expect(complaints.filter((complaint) => !complaint.includes('400'))).toEqual([]);
    expect(foreignRequests).toEqual([]);
    await close();
  });

  it('find accounts by name, role, clinic and state', async () => {
    const { page, close } = await browser.logIn('/admin/accounts');
    const rows = () => page.getByRole('row').count();
    await page.getByLabel('Role').selectOption({ label: 'Pharmacist' });
    await waitFor(async () => (await rows()) === 3, { what: 'two pharmacists' });
    await page.getByLabel('Clinic').selectOption({ label: 'Clinic south' });
    await waitFor(async () => (await rows()) === 2, { what: 'one of them' });
    expect(new URL(page.url()).search).toBe('?role=pharmacist&clinicId=south');
    await page.getByLabel('State').selectOption({ label: 'Disabled' });
    await page.getByText('No account is like that.').waitFor();
    await close();
  });

  it('change what an account is for, and end what it no longer has', async () => {
    const login = await loginStaff(server.api, 'nurseSouth');
    const { page, complaints, close } = await browser.logIn('/admin/accounts/nursesouth');
    await page.getByRole('button', { name: 'Change…' }).click();
    await page.getByRole('checkbox', { name: 'Clinic south' }).uncheck();
    await page.getByRole('checkbox', { name: 'Clinic north' }).check();
    await page.getByLabel('Name', { exact: true }).fill('Nina South');
    await confirm(page, 'Save');
    await page.getByRole('heading', { level: 1, name: 'Nina South' }).waitFor();
    await page.getByText('Nobody is logged in to this account.').waitFor();
    expect((await server.api.as(login.accessToken).request('GET', '/api/me')).status).toBe(401);
    expect((await loginStaff(server.api, 'nurseSouth')).principal.clinicId).toBe('north');
    expect(complaints).toEqual([]);
    await close();
  });

  it('link an account to a patient', async () => {
    const doctor = server.api.as((await loginStaff(server.api, 'doctorNorth')).accessToken);
    const person = { firstName: 'Ada', lastName: 'Example', sex: 'female', birthDate: '1980-05-17' };
    const { patientId } = await doctor.ok<{ patientId: string }>('POST', '/api/patients', person);
    const { page, close } = await browser.logIn('/admin/accounts');
    await page.getByRole('button', { name: 'New account…' }).click();
    await page.getByLabel('Username', { exact: true }).fill('ada');
    await page.getByLabel('Name', { exact: true }).fill('Ada Example');
    await page.getByRole('dialog').getByLabel('Role').selectOption({ label: 'Patient' });
    await page.getByLabel('Patient id').fill('p01jzzzzzzzzzzzzzzzzzzzzzzzz');
    await confirm(page, 'Create');
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Patient id').fill(patientId);
    await confirm(page, 'Create');
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await server.admin.ok('GET', '/api/accounts/ada')).toMatchObject({ role: 'patient', patientId });
    await close();
  });

  it('reset a password, end sessions, disable and enable', async () => {
    const login = await loginStaff(server.api, 'doctorSouth');
    const { page, complaints, close } = await browser.logIn('/admin/accounts/doctorsouth');
    const isOver = async (token: string) => (await server.api.as(token).request('GET', '/api/me')).status === 401;
    await page.getByRole('link', { name: login.principal.deviceId }).waitFor();
    await page.getByRole('button', { name: 'End sessions…' }).click();
    await confirm(page, 'End sessions');
    await page.getByText('Nobody is logged in to this account.').waitFor();
    expect(await isOver(login.accessToken)).toBe(true);
    await page.getByRole('button', { name: 'Reset password…' }).click();
    await confirm(page, 'Reset password');
    await page.getByRole('heading', { name: 'A link for doctorsouth' }).waitFor();
    const { token } = await linkIn(page);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Invited').waitFor();
    const old = { username: 'doctorsouth', password: PASSWORD };
    expect((await server.api.request('POST', '/api/login', old)).status).toBe(401);
    await server.api.ok('POST', '/api/set-password', { token, password: NEW_PASSWORD });
    const again = await server.api.login('doctorsouth', NEW_PASSWORD);
    await page.getByText('Active').waitFor();
    await page.getByRole('button', { name: 'Disable…' }).click();
    await confirm(page, 'Disable');
    await page.getByText('Disabled').waitFor();
    expect(await isOver(again.accessToken)).toBe(true);
    await page.getByRole('button', { name: 'Enable…' }).click();
    await confirm(page, 'Enable');
    await page.getByText('Active').waitFor();
    expect((await server.api.login('doctorsouth', NEW_PASSWORD)).principal.role).toBe('doctor');
    expect(complaints).toEqual([]);
    await close();
  });

  it('say why an administrator cannot disable the account in use', async () => {
    const { page, close } = await browser.logIn('/admin/accounts/admin');
    await page.getByRole('button', { name: 'Disable…' }).click();
    await confirm(page, 'Disable');
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await close();
  });

  it('look right as a list', async () => {
    const list = (page: Page) => page.getByRole('link', { name: 'nursenorth' }).waitFor();
    expect(await browser.looks('accounts', '/admin/accounts', list)).toEqual([]);
  });

  it('look right one by one', async () => {
    const one = (page: Page) => page.getByRole('heading', { name: 'Sessions' }).waitFor();
    expect(await browser.looks('account', '/admin/accounts/nursesouth', one)).toEqual([]);
  });

  it('look right where an account is made', async () => {
    const create = async (page: Page) => {
      await page.getByRole('button', { name: 'New account…' }).click();
      await page.getByRole('checkbox', { name: 'Clinic north' }).waitFor();
    };
    expect(await browser.looks('account-new', '/admin/accounts', create)).toEqual([]);
  });

  it('look right where a link is shown', async () => {
    const reset = async (page: Page) => {
      await page.getByRole('button', { name: /Reset password…|New invitation…/ }).click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /Reset password|Make a link/ })
        .click();
      await page.getByRole('button', { name: 'Copy' }).waitFor();
    };
    expect(await browser.looks('account-link', '/admin/accounts/pharmacistsouth', reset)).toEqual([]);
  });
});
