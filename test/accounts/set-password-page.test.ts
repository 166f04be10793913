import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserPage, SKIP_BROWSER, TestBrowser } from '../support/browser.ts';
import { expectOwnPolicy } from '../support/page-policy.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

const CHOSEN = 'seven quiet otters';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await server.admin.ok('POST', '/api/clinics', { slug: 'north', name: 'Clinic North' });
});
afterAll(() => server.close());

let count = 0;
async function invite(): Promise<{ username: string; link: string; token: string }> {
  const username = `page-${++count}`;
  const account = { username, role: 'nurse', name: 'Nina Moreno', clinicIds: ['north'] };
  const { invitation } = await server.admin.ok<{ invitation: { link: string; token: string } }>(
    'POST',
    '/api/accounts',
    account,
  );
  return { username, ...invitation };
}

describe('the page to set a password', () => {
  it('comes with headers that keep everything else away from it', async () => {
    const response = await fetch(`${server.url}/set-password`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expectOwnPolicy(response.headers);
    expect(response.headers.get('x-powered-by')).toBeNull();
    const html = await response.text();
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:/);
  });

  it('is served at one address, to readers only', async () => {
    for (const path of ['/set-password/', '/Set-Password', '/set-password/set-password-page.ts', '/set-password/..%2f'])
      expect((await fetch(`${server.url}${path}`)).status, path).toBe(404);
    expect((await fetch(`${server.url}/set-password`, { method: 'POST' })).status).toBe(404);
    const ranged = await fetch(`${server.url}/set-password/page.js`, { headers: { range: 'bytes=9999999-' } });
    expect(ranged.status).toBe(200);
  });
});

describe.skipIf(SKIP_BROWSER)('somebody who opens the link of an invitation', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await TestBrowser.launch();
  });
  afterAll(() => browser?.close());

  const field = ({ page }: BrowserPage, name: 'New password' | 'New password again') =>
    page.getByLabel(name, { exact: true });
  const fill = async (opened: BrowserPage, password: string, repeated = password) => {
    await field(opened, 'New password').fill(password);
    await field(opened, 'New password again').fill(repeated);
    await opened.page.getByRole('button', { name: 'Set password' }).click();
  };
  const alert = ({ page }: BrowserPage, text: string | RegExp) => page.getByRole('alert').filter({ hasText: text });
  const canLogIn = async (username: string) =>
    (await server.api.request('POST', '/api/login', { username, password: CHOSEN })).status === 200;

  it('sets a password, is told where to log in, and leaves nothing behind', async () => {
    const { username, link, token } = await invite();
    const opened = await browser.open(link);
    const { page } = opened;
    expect(await page.getByLabel('Username').inputValue()).toBe(username);
    await fill(opened, CHOSEN);
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    const text = await page.locator('main').innerText();
    expect(text).toContain(username);
    expect(text).toContain(server.url);
    expect(await page.evaluate('document.activeElement.id')).toBe('heading');
    expect(page.url()).toBe(`${server.url}/set-password`);
    expect(
      await page.evaluate('[...document.querySelectorAll("input[type=password]")].map((i) => i.value).join("")'),
    ).toBe('');
    expect(await canLogIn(username)).toBe(true);
    expect(opened.requests.join()).not.toContain(token.split('.').at(-1));
    expect(opened.foreignRequests).toEqual([]);
    expect(opened.complaints).toEqual([]);
    await opened.close();
  });

  it('is told in words what is wrong with a password, at its field, and may try again', async () => {
    const { username, link } = await invite();
    const opened = await browser.open(link);
    await fill(opened, 'password12');
    await alert(opened, 'This is a commonly used password. Add more words that are less common.').waitFor();
    const password = field(opened, 'New password');
    expect(await password.getAttribute('aria-invalid')).toBe('true');
    expect(await opened.page.evaluate('document.activeElement.id')).toBe('password');
    await fill(opened, 'short');
    await alert(opened, 'It must have at least 10 characters').waitFor();
    await fill(opened, CHOSEN, `${CHOSEN}!`);
    await alert(opened, 'This is not the same as above.').waitFor();
    expect(await password.getAttribute('aria-invalid')).toBeNull();
    await fill(opened, '');
    await alert(opened, 'Enter a new password.').waitFor();
    expect(await canLogIn(username)).toBe(false);
    await fill(opened, CHOSEN);
    await opened.page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    expect(await canLogIn(username)).toBe(true);
    await opened.close();
  });

  it('needs nothing but a keyboard', async () => {
    const { username, link } = await invite();
    const opened = await browser.open(link);
    const { keyboard } = opened.page;
    const focused = () => opened.page.evaluate('document.activeElement.id || document.activeElement.type');
    const order: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      await keyboard.press('Tab');
      order.push(await focused());
    }
    expect(order).toEqual(['username', 'password', 'repeated', 'shown', 'submit']);
    await keyboard.press('Shift+Tab');
    await keyboard.press('Space');
    expect(await field(opened, 'New password').getAttribute('type')).toBe('text');
    for (let i = 0; i < 2; i++) await keyboard.press('Shift+Tab');
    await keyboard.type(CHOSEN);
    await keyboard.press('Tab');
    await keyboard.type(CHOSEN);
    await keyboard.press('Enter');
    await opened.page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    expect(await canLogIn(username)).toBe(true);
    await opened.close();
  });

  it('is told that a link was used', async () => {
    const { link, token } = await invite();
    const opened = await browser.open(link);
    await server.api.ok('POST', '/api/set-password', { token, password: 'twelve loud herons' });
    await fill(opened, CHOSEN);
    await alert(opened, 'This link cannot be used').waitFor();
    expect(await opened.page.getByRole('button').count()).toBe(0);
    await opened.close();
  });

  it('is told that the address is not whole', async () => {
    for (const fragment of ['', '#token=', '#token=abc', '#other']) {
      const opened = await browser.open(`${server.url}/set-password${fragment}`);
      await alert(opened, 'the link of your invitation, whole').waitFor();
      expect(await opened.page.getByRole('button').count(), fragment).toBe(0);
      await opened.close();
    }
  });

  it('may open another link in the same tab', async () => {
    const [first, second] = [await invite(), await invite()];
    const opened = await browser.open(first.link);
    await opened.page.goto(second.link);
    const shown = () => opened.page.getByLabel('Username').inputValue();
    await waitFor(async () => (await shown()) === second.username, { what: 'the page of the other link' });
    await fill(opened, CHOSEN);
    await opened.page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    expect(await canLogIn(second.username)).toBe(true);
    expect(await canLogIn(first.username)).toBe(false);
    await opened.close();
  });

  it('is told that the connection is gone, and goes on when it is back', async () => {
    const { username, link } = await invite();
    const opened = await browser.open(link);
    await opened.page.context().setOffline(true);
    await fill(opened, CHOSEN);
    await alert(opened, 'The server cannot be reached').waitFor();
    await opened.page.context().setOffline(false);
    await opened.page.getByRole('button', { name: 'Set password' }).click();
    await opened.page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    expect(await canLogIn(username)).toBe(true);
    await opened.close();
  });

  it('is told where scripts do not run', async () => {
    const { link } = await invite();
    const opened = await browser.open(link, { javaScriptEnabled: false });
    expect(await opened.page.getByText('This page needs JavaScript').isVisible()).toBe(true);
    expect(await opened.page.getByRole('button').count()).toBe(0);
    await opened.close();
  });

  it.each(['light', 'dark'] as const)(
    'can read everything in %s colours, on a small screen as well',
    async (colorScheme) => {
      const { link } = await invite();
      const opened = await browser.open(link, { colorScheme, viewport: { width: 320, height: 600 } });
      await fill(opened, 'password12', 'password13');
      await alert(opened, 'This is not the same as above.').waitFor();
      const { background, contrasts, width } = (await opened.page.evaluate(MEASURE_LOOKS)) as Looks;
      expect(background < 0.2).toBe(colorScheme === 'dark');
      expect(contrasts.length).toBeGreaterThan(8);
      for (const { text, ratio } of contrasts) expect(ratio, text).toBeGreaterThanOrEqual(4.5);
      expect(width).toBeLessThanOrEqual(320);
      await opened.close();
    },
  );
});

interface Looks {
  /** Relative luminance, from 0 (black) to 1 (white). */
  readonly background: number;
  /** Of every visible element with text of its own (WCAG 2.2, contrast ratio). */
  readonly contrasts: readonly { readonly text: string; readonly ratio: number }[];
  /** Of the whole document, in CSS pixels. */
  readonly width: number;
}

const MEASURE_LOOKS = `(() => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map((n) => n / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if (!/^rgba\\(.*, 0\\)$/.test(color)) return luminance(color);
    }
    return 1;
  };
  const contrasts = [...document.querySelectorAll('main *')].flatMap((element) => {
    const own = [...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join('');
    const text = own || element.value || '';
    if (text === '' || !element.checkVisibility()) return [];
    const [a, b] = [luminance(getComputedStyle(element).color), behind(element)].sort((x, y) => y - x);
    return [{ text, ratio: (a + 0.05) / (b + 0.05) }];
  });
  return { background: behind(document.body), contrasts, width: document.documentElement.scrollWidth };
})()`;
