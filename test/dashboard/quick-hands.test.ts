/** Whoever is faster than the page: keys in the moment in which a dialog comes or goes, and answers that come when somebody has gone on. */
import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiNetwork } from '../api/api-network.ts';
import { SKIP_BROWSER } from '../support/browser.ts';
import { waitFor } from '../support/wait-for.ts';
import { DashboardBrowser } from './dashboard-browser.ts';
import { HELD, HeldStage } from './held-stage.ts';

const PAGE = '/admin/held-writes';

describe.skipIf(SKIP_BROWSER)('quick hands', () => {
  let stage: HeldStage;
  let browser: DashboardBrowser;
  beforeAll(async () => {
    stage = new HeldStage(await ApiNetwork.start());
    browser = await DashboardBrowser.launch(stage.network.server);
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.network.close();
  });

  const dialog = (page: Page, name: string) => page.getByRole('dialog', { name });
  const heading = (page: Page, id: string | undefined) =>
    page.getByRole('heading', { level: 1, name: `New vital signs …${id?.slice(-6)}` });
  const listHeading = (page: Page) => page.getByRole('heading', { level: 1, name: 'Held writes' });

  /** A list of so many held writes, the first of which has the focus. */
  async function openList(count: number) {
    const { ids, patient } = await stage.faultyVitals(count);
    const opened = await browser.logIn(`${PAGE}?patientId=${patient.patientId}&order=oldest`);
    const { page } = opened;
    await page.getByRole('button', { name: `Select all ${count} loaded` }).waitFor();
    await page.keyboard.press('j');
    expect(await focusedText(page)).toBe('New vital signs');
    return { ...opened, ids };
  }

  /** The first of so many held writes. */
  async function openEntry(count: number) {
    const opened = await openList(count);
    await opened.page.keyboard.press('Enter');
    await heading(opened.page, opened.ids[0]).waitFor();
    return opened;
  }

  describe('by a key in the moment', () => {
    it('in which a dialog closes, go on from there', async () => {
      const { page, close } = await openList(2);
      await page.getByRole('button', { name: 'Keys' }).focus();
      await page.keyboard.press('?');
      await dialog(page, 'Keys').waitFor();
      await onceDialog(page, 'closes', 'j');
      await page.keyboard.press('Escape');
      await dialog(page, 'Keys').waitFor({ state: 'detached' });
      await painted(page);
      expect(await focusedText(page)).toBe('New vital signs');
      await close();
    });

    it('in which many were rejected, go on from there', async () => {
      const { page, close } = await openList(2);
      await page.keyboard.press('j');
      await page.keyboard.press('x');
      await page.keyboard.press('k');
      await page.keyboard.press('r');
      await dialog(page, 'Reject this write?').getByLabel('Note').fill('no');
      await onceDialog(page, 'closes', 'j');
      await dialog(page, 'Reject this write?').getByRole('button', { name: 'Reject' }).click();
      await page.getByText('1 write rejected.').waitFor();
      await page.getByRole('button', { name: 'Select all 1 loaded' }).waitFor();
      await painted(page);
      expect(await focusedText(page)).toBe('New vital signs');
      await close();
    });

    it('in which a dialog opens, do nothing behind it', async () => {
      const { page, close } = await openList(1);
      await onceDialog(page, 'opens', 'x');
      await page.keyboard.press('?');
      await dialog(page, 'Keys').waitFor();
      await page.keyboard.press('Escape');
      await dialog(page, 'Keys').waitFor({ state: 'detached' });
      await page.getByText('None selected').waitFor();
      await page.keyboard.press('x');
      await page.getByText('1 write selected').waitFor();
      await close();
    });
  });

  describe('before an answer comes', () => {
    it('are not taken to an entry that they asked for, once they left', async () => {
      const { page, close } = await openEntry(2);
      const held = await holdBack(page, (path) => path.includes('limit=1&'));
      await page.keyboard.press('j');
      await held.asked();
      await page.keyboard.press('u');
      await listHeading(page).waitFor();
      await held.release();
      await painted(page);
      await listHeading(page).waitFor();
      expect(new URL(page.url()).pathname).toBe(PAGE);
      await close();
    });

    it('are not taken on from what they rejected, once they left, nor told of it elsewhere', async () => {
      const { page, ids, close } = await openEntry(3);
      const held = await holdBack(page, (path) => path.includes('limit=1&'));
      await reject(page);
      await held.asked();
      await page.keyboard.press('u');
      await listHeading(page).waitFor();
      await held.release();
      await painted(page);
      expect(new URL(page.url()).pathname).toBe(PAGE);
      await page.getByRole('button', { name: 'Select all 2 loaded' }).waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await heading(page, ids[1]).waitFor();
      expect(await page.getByRole('status', { name: 'The decision made last' }).innerText()).toBe('');
      await close();
    });

    it('keep the dialog that they opened meanwhile', async () => {
      const { page, close } = await openList(2);
      const held = await holdBack(page, (path) => path.endsWith('/decide'));
      await page.keyboard.press('x');
      await reject(page);
      await held.asked();
      await page.keyboard.press('Escape');
      await dialog(page, 'Reject this write?').waitFor({ state: 'detached' });
      await page.keyboard.press('?');
      await dialog(page, 'Keys').waitFor();
      await held.release();
      await page.getByText('1 write rejected.').waitFor();
      await painted(page);
      expect(await dialog(page, 'Keys').count()).toBe(1);
      await close();
    });

    it('have the focus at the heading where the page heard of the decision first', async () => {
      const { page, ids, close } = await openEntry(1);
      const held = await holdBack(page, (path) => path.endsWith('/reject'));
      await reject(page);
      await held.asked();
      await page.getByText('Note: no').waitFor();
      await held.release();
      await page.getByText(/was rejected\. Nothing else of what you filter by is open\./).waitFor();
      expect(await focusedText(page)).toBe(await heading(page, ids[0]).innerText());
      await page.keyboard.press('?');
      await dialog(page, 'Keys').waitFor();
      await close();
    });
  });

  describe('in a field of what is searched for', () => {
    it('keep the space before the next word', async () => {
      const { page, close } = await browser.logIn(PAGE);
      const author = page.getByLabel('Author, by user id');
      await author.pressSequentially('two ');
      await page.waitForURL(/userId=two$/);
      await painted(page);
      await author.pressSequentially('words');
      await page.waitForURL(/userId=two\+words$/);
      expect(await author.inputValue()).toBe('two words');
      await close();
    });

    it('keep what they choose beside it before it asks', async () => {
      const { page, close } = await browser.logIn(PAGE);
      await page.getByLabel('Author, by user id').waitFor();
      // In one step, so that the choice comes before the search.
      await page.evaluate(`{
        const field = (label) => [...document.querySelectorAll('.held-filters .field')]
          .find((one) => one.textContent.startsWith(label)).querySelector('input, select');
        const set = (label, value, event) => {
          field(label).value = value;
          field(label).dispatchEvent(new Event(event, { bubbles: true }));
        };
        set('Author', 'somebody', 'input');
        set('Order', 'oldest', 'change');
      }`);
      await page.waitForURL(/userId=somebody/);
      expect(new URL(page.url()).searchParams.get('order')).toBe('oldest');
      await close();
    });
  });

  async function reject(page: Page): Promise<void> {
    await page.getByRole('button', { name: /^Reject/ }).waitFor();
    await page.keyboard.press('r');
    await dialog(page, 'Reject this write?').getByLabel('Note').fill('no');
    await dialog(page, 'Reject this write?').getByRole('button', { name: 'Reject' }).click();
  }
});

const focusedText = (page: Page): Promise<string> => page.locator(':focus').innerText();

/** What the page does after it is painted is done. */
const painted = (page: Page): Promise<unknown> =>
  page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(() => setTimeout(done)))))',
  );

/** Presses a key, once, when a dialog comes into the page or leaves it: before that is painted. */
const onceDialog = (page: Page, change: 'opens' | 'closes', key: string): Promise<unknown> =>
  page.evaluate(`void new MutationObserver((changes, observer) => {
    if ((document.querySelector('dialog') !== null) !== ${change === 'opens'}) return;
    observer.disconnect();
    const pressed = new KeyboardEvent('keydown', { key: '${key}', bubbles: true, cancelable: true });
    (document.activeElement ?? document.body).dispatchEvent(pressed);
  }).observe(document.body, { childList: true, subtree: true })`);

/** Keeps answers back: what is asked for reaches the server, whose answers reach the page when they are released. */
async function holdBack(page: Page, isMeant: (path: string) => boolean) {
  const held: { readonly route: Route; readonly response: Awaited<ReturnType<Route['fetch']>> }[] = [];
  const matches = ({ pathname, search }: URL) => pathname.startsWith(HELD) && isMeant(pathname + search);
  let isReleased = false;
  await page.route(matches, async (route) => {
    if (isReleased) return route.continue();
    held.push({ route, response: await route.fetch() });
  });
  return {
    asked: () => waitFor(() => held.length > 0, { what: 'the page asking' }),
    release: async () => {
      isReleased = true;
      for (const { route, response } of held.splice(0)) {
        await route.fulfill({ response });
        await (await route.request().response())?.finished();
      }
    },
  };
}
