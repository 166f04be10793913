/** The dashboard as files: what it is made of, how it is served, and what it may do in a browser. */

import { get } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SKIP_BROWSER } from '../support/browser.ts';
import { expectOwnPolicy } from '../support/page-policy.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { DashboardBrowser } from './dashboard-browser.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.close());

const MAX_BUNDLE_BYTES = 200_000;

/** As it comes over the line: `fetch` would unpack it. */
const raw = (path: string, encoding: string) =>
  new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }>((resolve, reject) => {
    get(`${server.url}${path}`, { headers: { 'accept-encoding': encoding } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    }).on('error', reject);
  });

const assetsOf = async () =>
  [...(await (await fetch(`${server.url}/admin`)).text()).matchAll(/(?:src|href)="(\/admin\/assets\/[^"]+)"/g)].map(
    ([, path = '']) => path,
  );

describe('the files of the dashboard', () => {
  it('are less than 200 kB, packed', async () => {
    const paths = await assetsOf();
    expect(paths.map((path) => path.split('.').at(-1)).sort()).toEqual(['css', 'js']);
    for (const encoding of ['gzip', 'br']) {
      let bytes = 0;
      for (const path of ['/admin', ...paths]) bytes += (await raw(path, encoding)).body.byteLength;
      expect(bytes, encoding).toBeLessThan(MAX_BUNDLE_BYTES);
      console.info(`the dashboard is ${bytes} bytes by ${encoding}`);
    }
  });

  it('are the same in every encoding', async () => {
    for (const path of await assetsOf()) {
      const plain = (await raw(path, 'identity')).body;
      expect(gunzipSync((await raw(path, 'gzip')).body).equals(plain)).toBe(true);
      expect(brotliDecompressSync((await raw(path, 'br')).body).equals(plain)).toBe(true);
    }
  });

  it('are kept by browsers for as long as they are the same', async () => {
    for (const path of await assetsOf())
      expect((await fetch(`${server.url}${path}`)).headers.get('cache-control')).toMatch(/immutable/);
    expect((await fetch(`${server.url}/admin`)).headers.get('cache-control')).toBe('no-cache');
    expect((await fetch(`${server.url}/admin/assets/other.js`)).status).toBe(404);
  });

  it('hold nothing of the server, and nothing of anybody', async () => {
    for (const path of await assetsOf()) {
      const text = await (await fetch(`${server.url}${path}`)).text();
      expect(text).not.toMatch(/leveldown|node:fs|argon2|jsonwebtoken/);
    }
  });

  it('come with a policy that lets in nothing of anybody else', async () => {
    for (const path of ['/admin', '/admin/devices/some-device', ...(await assetsOf())]) {
      const response = await fetch(`${server.url}${path}`);
      expect(response.status, path).toBe(200);
      expectOwnPolicy(response.headers);
    }
  });
});

describe.skipIf(SKIP_BROWSER)('who opens the dashboard', () => {
  let browser: DashboardBrowser;
  beforeAll(async () => {
    browser = await DashboardBrowser.launch(server);
  });
  afterAll(() => browser?.close());

  it('is asked for a password, told what is wrong with it, and let in', async () => {
    const { page, complaints, foreignRequests, close } = await browser.open('/admin/audit');
    await page.getByLabel('Username').fill('admin');
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
    await page.getByLabel('Password').fill('a password for tests');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Audit log' }).waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    // The browser itself notes each answer of 401.
    expect(complaints.filter((complaint) => !complaint.includes('401'))).toEqual([]);
    expect(foreignRequests).toEqual([]);
    await close();
  });

  it('stays logged in after a reload, until logging out', async () => {
    const { page, close } = await browser.logIn('/admin/audit');
    await page.reload();
    await page.getByRole('heading', { name: 'Audit log' }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    await close();
  });

  it('is asked again where the session is ended elsewhere, and is then where they were', async () => {
    const { page, close } = await browser.logIn('/admin/audit');
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    const { items } = await server.admin.ok<{ items: { id: string; deviceName?: string }[] }>(
      'GET',
      '/api/me/sessions',
    );
    const of = items.filter(({ deviceName }) => deviceName === 'Dashboard');
    for (const { id } of of) await server.admin.ok('DELETE', `/api/me/sessions/${id}`);
    await page.getByText('Your session is over').waitFor();
    await page.getByLabel('Username').fill('admin');
    await page.getByLabel('Password').fill('a password for tests');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'Audit log' }).waitFor();
    await close();
  });

  it('may choose dark colours, which stay', async () => {
    const { page, close } = await browser.logIn('/admin/audit', { colorScheme: 'light' });
    const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.getByLabel('Colours').selectOption('dark');
    await expect.poll(background).not.toBe(light);
    await page.reload();
    await page.getByRole('heading', { name: 'Audit log' }).waitFor();
    await expect.poll(background).not.toBe(light);
    await close();
  });

  it('finds the login page right', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const opened = await browser.open('/admin', { colorScheme });
      await opened.page.getByRole('button', { name: 'Log in' }).waitFor();
      expect(await opened.violations()).toEqual([]);
      await opened.close();
    }
  });

  it('is told where an address is of no page', async () => {
    const { page, close } = await browser.logIn('/admin/nowhere');
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    await close();
  });
});
