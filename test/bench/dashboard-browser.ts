/** The dashboard of a big network in a real browser: how soon there is something to see, and whether scrolling stays smooth. */
import type { Page } from 'playwright-core';
import { TestBrowser } from '../support/browser.ts';
import { ADMIN_PASSWORD } from '../support/environment.ts';
import type { Figure } from './figure.ts';
import { medianOf } from './measure.ts';

/** One frame at 60 frames a second, milliseconds. */
const FRAME_MS = 1_000 / 60;
/** From here on a person sees it. */
const LONG_FRAME_MS = 50;
const SCROLLED_FRAMES = 300;

export async function browserFigures(url: string, runs: number): Promise<Figure[]> {
  const browser = await TestBrowser.launch();
  try {
    const { page } = await browser.open(`${url}/admin`, { viewport: { width: 1440, height: 900 } });
    await page.getByLabel('Username').fill('admin');
    await page.getByLabel('Password').fill(ADMIN_PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: 'Log out' }).waitFor();
    const painted: number[] = [];
    const login: number[] = [];
    for (let run = 0; run <= runs; run++) {
      const atMs = await shownAfter(page, `${url}/admin`, '.headline-sentence');
      // A page of the same bundle that shows what asks the server for little.
      const audit = await shownAfter(page, `${url}/admin/audit`, '.table-body [role=row]');
      if (run > 0) painted.push(atMs);
      if (run > 0) login.push(audit);
    }
    await page.goto(`${url}/admin/devices`);
    await page.getByRole('row').nth(5).waitFor();
    const frames = await framesOfScrolling(page);
    const long = frames.filter((ms) => ms > LONG_FRAME_MS).length;
    return [
      {
        name: 'overview in Chromium, until its first sentence is shown / the audit log, until its first row is',
        measured: medianOf(painted),
        baseline: medianOf(login),
        unit: 'ms',
      },
      {
        name: `frame while the list of devices is scrolled, 95th percentile (${long} of ${frames.length} over ${LONG_FRAME_MS} ms) / one at 60 Hz`,
        measured: [...frames].sort((a, b) => a - b)[Math.floor(frames.length * 0.95)] ?? Number.NaN,
        baseline: FRAME_MS,
        unit: 'ms',
        digits: 1,
      },
    ];
  } finally {
    await browser.close();
  }
}

/** Milliseconds from the beginning of the navigation until the frame in which the element is there. */
async function shownAfter(page: Page, address: string, selector: string): Promise<number> {
  await page.goto(address, { waitUntil: 'commit' });
  return page.evaluate<number>(`new Promise((resolve) => {
    const look = () => document.querySelector('${selector}') ? resolve(performance.now()) : requestAnimationFrame(look);
    look();
  })`);
}

/** Milliseconds between frames, while the list is scrolled as by a wheel that is turned fast; more is loaded on the way. */
const framesOfScrolling = (page: Page): Promise<number[]> =>
  page.evaluate<number[]>(`new Promise((resolve) => {
    const list = document.querySelector('[role=table]');
    const times = [];
    let before = performance.now();
    const step = (now) => {
      times.push(now - before);
      before = now;
      if (times.length > ${SCROLLED_FRAMES}) return resolve(times.slice(1));
      list.scrollTop += 120;
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  })`);
