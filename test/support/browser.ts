/** A headless Chromium, in which pages are used as people use them. What a page asks of another origin is blocked and noted. */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Only for machines that cannot have a browser: nothing is skipped by itself. */
export const SKIP_BROWSER = process.env.VITASYNC_SKIP_BROWSER === '1';
if (SKIP_BROWSER) console.warn('VITASYNC_SKIP_BROWSER=1: the tests in a browser are LEFT OUT of this run');

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

export interface BrowserPage {
  readonly page: Page;
  /** Addresses of the page's own origin that it asked for. */
  readonly requests: readonly string[];
  /** Addresses of other origins that it asked for, in vain. */
  readonly foreignRequests: readonly string[];
  /** What the browser's console complains of: errors of scripts, breaches of the content security policy. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export class TestBrowser {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Throws where there is no Chromium. */
  static async launch(): Promise<TestBrowser> {
    return new TestBrowser(await chromium.launch({ executablePath: await findChromium() }));
  }

  /** Opens an address in a browser profile of its own. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<BrowserPage> {
    const context = await this.#browser.newContext(options);
    const { origin } = new URL(url);
    const requests: string[] = [];
    const foreignRequests: string[] = [];
    const complaints: string[] = [];
    await context.route('**/*', async (route) => {
      const address = route.request().url();
      const isOwn = new URL(address).origin === origin;
      (isOwn ? requests : foreignRequests).push(address);
      await (isOwn ? route.continue() : route.abort('blockedbyclient'));
    });
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(url);
    return { page, requests, foreignRequests, complaints, close: () => context.close() };
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
