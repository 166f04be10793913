/** A headless Chromium, in which pages are used as people use them. What a page asks of another host is noted, and not found. */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Only for machines that cannot have a browser: nothing is skipped by itself. */
export const SKIP_BROWSER = process.env.VITASYNC_SKIP_BROWSER === '1';
if (SKIP_BROWSER) console.warn('VITASYNC_SKIP_BROWSER=1: the tests in a browser are LEFT OUT of this run');

/**
 * No other machine is found, whatever a page asks for. A process that waits to be used by the next page costs more than it saves
 * where each page is used for seconds.
 */
const ARGUMENTS = [
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
  '--disable-features=SpareRendererForSitePerProcess',
];

/** The first has no window, and does the same in three quarters of the time. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

export interface BrowserPage {
  readonly page: Page;
  /** Addresses of the page's own origin that it asked for. */
  readonly requests: readonly string[];
  /** Addresses of other origins that it asked for, in vain. */
  readonly foreignRequests: readonly string[];
  /** What the browser's console complains of: errors of scripts, breaches of the content security policy. */
  readonly complaints: readonly string[];
  /** Forgets what was noted until now. */
  forget(): void;
  close(): Promise<void>;
}

export class TestBrowser {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Throws where there is no Chromium. */
  static async launch(): Promise<TestBrowser> {
    return new TestBrowser(await chromium.launch({ executablePath: await findChromium(), args: ARGUMENTS }));
  }

  /** Opens an address in a browser profile of its own. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<BrowserPage> {
    const context = await this.#browser.newContext(options);
    const { origin } = new URL(url);
    const requests: string[] = [];
    const foreignRequests: string[] = [];
    const complaints: string[] = [];
    context.on('request', (request) => {
      const address = request.url();
      if (new URL(address).protocol === 'data:') return;
      (new URL(address).origin === origin ? requests : foreignRequests).push(address);
    });
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(url);
    const forget = () => {
      for (const noted of [requests, foreignRequests, complaints]) noted.length = 0;
    };
    return { page, requests, foreignRequests, complaints, forget, close: () => context.close() };
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

async function findChromium(): Promise<string> {
  const named = process.env.CHROMIUM_PATH;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = named ? [named] : NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate;
  throw new Error(
    `there is no Chromium${named ? ` at ${named}` : ''}: install it, name it in CHROMIUM_PATH, or set VITASYNC_SKIP_BROWSER=1`,
  );
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
