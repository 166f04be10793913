/** The dashboard as an administrator uses it, in a real browser; with what is asked of every page: no faults of accessibility. */
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { type BrowserPage, TestBrowser } from '../support/browser.ts';
import { ADMIN_PASSWORD } from '../support/environment.ts';
import type { TestServer } from '../support/test-server.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** Screenshots are taken where this names a folder, to be looked at. */
const SCREENSHOTS = process.env.VITASYNC_SCREENSHOTS;

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 390, height: 844 };

export interface Violation {
  readonly rule: string;
  readonly where: string;
}

export interface DashboardPage extends BrowserPage {
  /** Axe's findings, with everything it has rules for. */
  violations(): Promise<Violation[]>;
  /** Goes to an address of the dashboard as its own links do, and waits for the heading. */
  goTo(address: string, heading: string): Promise<void>;
}

export class DashboardBrowser {
  readonly #browser: TestBrowser;
  readonly #server: Pick<TestServer, 'url'>;
  /** A page with a session that is done with: starting another costs more than most of what is done in one. */
  #idle: DashboardPage | undefined;

  private constructor(browser: TestBrowser, server: Pick<TestServer, 'url'>) {
    this.#browser = browser;
    this.#server = server;
  }

  static async launch(server: Pick<TestServer, 'url'>): Promise<DashboardBrowser> {
    return new DashboardBrowser(await TestBrowser.launch(), server);
  }

  /** Opens the dashboard without a session. */
  async open(address = '/admin', options: BrowserContextOptions = {}): Promise<DashboardPage> {
    // The page may ask for nothing that its policy forbids; axe is put into a world of its own, beside it.
    const opened = await this.#browser.open(`${this.#server.url}${address}`, { viewport: WIDE, ...options });
    return {
      ...opened,
      violations: () => violationsOf(opened.page),
      goTo: async (to, heading) => {
        await opened.page.goto(`${this.#server.url}${to}`);
        await opened.page.getByRole('heading', { level: 1, name: heading }).waitFor();
      },
    };
  }

  /** Opens it with a session, in a page that another user is done with where there is one. */
  async logIn(address = '/admin', options?: BrowserContextOptions): Promise<DashboardPage> {
    if (options) return this.#withSession(await this.open(address, options));
    const idle = this.#idle;
    this.#idle = undefined;
    await idle?.page.goto(`${this.#server.url}${address}`);
    const opened = await this.#withSession(idle ?? (await this.open(address)));
    return { ...opened, close: () => this.#doneWith(opened) };
  }

  async #withSession(opened: DashboardPage): Promise<DashboardPage> {
    const { page } = opened;
    const logIn = page.getByRole('button', { name: 'Log in', exact: true });
    const logOut = page.getByRole('button', { name: 'Log out', exact: true });
    await logIn.or(logOut).waitFor();
    if (await logOut.isVisible()) return opened;
    await page.getByLabel('Username').fill('admin');
    await page.getByLabel('Password').fill(ADMIN_PASSWORD);
    await logIn.click();
    await logOut.waitFor();
    // The browser notes the answer to the question whether somebody is logged in already.
    const isThatAnswer = (complaint: string) => complaint.includes('401 (Unauthorized)');
    const complaints = opened.complaints as string[];
    complaints.splice(0, complaints.length, ...complaints.filter((complaint) => !isThatAnswer(complaint)));
    return opened;
  }

  /** Leaves nothing of its use but the session. */
  async #doneWith(opened: DashboardPage): Promise<void> {
    const { page } = opened;
    if (this.#idle) return opened.close();
    await page.unrouteAll();
    await page.evaluate('localStorage.clear(); sessionStorage.clear()');
    await page.goto('about:blank');
    await page.emulateMedia({ colorScheme: null });
    await page.setViewportSize(WIDE);
    opened.forget();
    this.#idle = opened;
  }

  /**
   * Looks at a page light and dark, wide and narrow, once `ready` has brought it to what is to be seen. Answers what axe finds, of each
   * look; takes screenshots where they are asked for.
   */
  async looks(name: string, address: string, ready: (page: Page) => Promise<unknown>): Promise<Violation[]> {
    const found: Violation[] = [];
    const { page, violations, close } = await this.logIn(address);
    await ready(page);
    for (const [look, { colorScheme, viewport }] of Object.entries(LOOKS)) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      await page.evaluate(DRAWN);
      for (const violation of await violations()) found.push({ ...violation, rule: `${look}: ${violation.rule}` });
      const wider = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
      if (wider > 0) found.push({ rule: `${look}: the page is ${wider} px wider than the window`, where: 'html' });
      await screenshot(page, `${name}-${look}`);
    }
    await close();
    return found;
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

const LOOKS = {
  'light-wide': { colorScheme: 'light', viewport: WIDE },
  'dark-wide': { colorScheme: 'dark', viewport: WIDE },
  'light-narrow': { colorScheme: 'light', viewport: NARROW },
  'dark-narrow': { colorScheme: 'dark', viewport: NARROW },
} as const;

/** Resolves when what was changed has been laid out and drawn. A page that nobody looks at may not be drawn for long. */
const DRAWN = `new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  setTimeout(resolve, 1_000);
})`;

async function screenshot(page: Page, name: string): Promise<void> {
  if (!SCREENSHOTS) return;
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

async function violationsOf(page: Page): Promise<Violation[]> {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(await axeSource());
  const { violations } = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations"] })');
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => ({ rule: `${id}: ${help}`, where: `${html}\n${failureSummary ?? ''}` })),
  );
}

let source: Promise<string> | undefined;
async function axeSource(): Promise<string> {
  source ??= readFile(AXE, 'utf8').then((text) => `${text};undefined`);
  return source;
}
