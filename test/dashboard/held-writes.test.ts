/** Held writes in a browser: real refusals of stock PouchDB and RxDB tablets, and what becomes of them. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiNetwork } from '../api/api-network.ts';
import { SKIP_BROWSER } from '../support/browser.ts';
import { edited } from '../support/network.ts';
import { RxdbDevice } from '../support/rxdb-device.ts';
import { syncRequest } from '../support/sync-request.ts';
import { waitFor } from '../support/wait-for.ts';
import { DashboardBrowser, type DashboardPage } from './dashboard-browser.ts';
import { HELD, HeldStage } from './held-stage.ts';

const PAGE = '/admin/held-writes';

describe.skipIf(SKIP_BROWSER)('held writes', () => {
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

  const admin = () => stage.network.server.admin;
  const rows = (page: Page) => page.getByRole('table', { name: 'Held writes' }).getByRole('row');
  const entryLink = (page: Page, name: RegExp | string) => page.getByRole('cell').getByRole('link', { name });
  const dialog = (page: Page, name: RegExp | string) => page.getByRole('dialog', { name });
  const write = (page: Page, field: string) => page.getByLabel(`What to write to ${field}`);
  /** Nothing was complained of, and nothing asked of elsewhere. */
  async function leave({ complaints, foreignRequests, close }: DashboardPage, expected: readonly RegExp[] = []) {
    expect(complaints.filter((text) => !expected.some((one) => one.test(text)))).toEqual([]);
    expect(foreignRequests).toEqual([]);
    await close();
  }
  /** The browser itself complains of every answer that is an error. */
  const answered = (status: number) => new RegExp(`status of ${status}`);

  describe('the list', () => {
    it('shows what is refused as it comes, with the reason in words, and filters by it', async () => {
      const { document, patient } = await stage.shared('vital');
      const opened = await browser.logIn(`${PAGE}?patientId=${patient.patientId}`);
      const { page } = opened;
      await page.getByText('Nothing waits for a decision here.').waitFor();
      await stage.refusedEdit(document._id, { heartRatePerMinute: 90 });
      await page.getByRole('cell', { name: 'Only the author may do this.' }).waitFor();
      await page.getByRole('cell', { name: 'nurseNorth' }).waitFor();
      await page.getByRole('navigation', { name: 'Open, by reason' }).getByText('waits').waitFor();
      await page.getByLabel('Reason', { exact: true }).selectOption({ label: 'Does not fit the schema' });
      await page.getByText('Nothing waits for a decision here.').waitFor();
      expect(new URL(page.url()).searchParams.get('code')).toBe('invalid_document');
      await page.getByRole('link', { name: /^Only the author may do it/ }).click();
      await entryLink(page, 'Change of vital signs').waitFor();
      expect(new URL(page.url()).searchParams.get('code')).toBe('not_author');
      await leave(opened);
    });

    it('shows what came without an id, which can be looked at and rejected, and not accepted', async () => {
      const { document } = await stage.shared('vital');
      const { _id: _, ...sent } = { ...document, heartRatePerMinute: 61 };
      const row = { ...sent, _rev: `1-${'a'.repeat(32)}` };
      await syncRequest(stage.network.login('doctorNorth'), 'POST', '/_bulk_docs', { docs: [row], new_edits: false });
      const opened = await browser.logIn(`${PAGE}?patientId=${document.patientId}`);
      const { page } = opened;
      await entryLink(page, 'New document').click();
      await page.getByText('which is no document’s').waitFor();
      await page.getByRole('cell', { name: '61', exact: true }).waitFor();
      await page.getByText('It does not have the id of a document: look at it, and reject it.').waitFor();
      expect(await page.getByRole('button', { name: 'Accept…' }).isDisabled()).toBe(true);
      await page.getByRole('button', { name: 'Reject…' }).click();
      await dialog(page, /^Reject/)
        .getByLabel('Note')
        .fill('without an id');
      await dialog(page, /^Reject/)
        .getByRole('button', { name: 'Reject' })
        .click();
      await page.getByText('Rejected').first().waitFor();
      await leave(opened);
    });

    it('rejects many at once with a note, and says what became of each', async () => {
      const { patient } = await stage.faultyVitals(4);
      const opened = await browser.logIn(`${PAGE}?patientId=${patient.patientId}`);
      const { page } = opened;
      await page.getByRole('button', { name: 'Select all 4 loaded' }).click();
      await page.getByText('4 writes selected').waitFor();
      await page
        .getByRole('checkbox', { name: /^Select: New vital signs/ })
        .last()
        .uncheck();
      await page.getByText('3 writes selected').waitFor();
      // Somebody else is faster with the newest one.
      const { items } = await admin().ok<{ items: { id: string }[] }>('GET', `${HELD}?patientId=${patient.patientId}`);
      await page.getByRole('button', { name: 'Reject selected' }).click();
      await admin().ok('POST', `${HELD}/${items[0]?.id}/reject`, { note: 'by somebody else' });
      const ask = dialog(page, 'Reject 3 writes?');
      await ask.getByLabel('Note').fill('typing errors');
      await ask.getByRole('button', { name: 'Reject 3 writes' }).click();
      await page.getByText('2 writes rejected.').waitFor();
      await page.getByText('1 had been decided before, and stayed so:').waitFor();
      await waitFor(async () => (await rows(page).count()) === 2, { what: 'the rejected ones being gone' });
      const notes = [];
      for (const { id } of items) {
        const { decision } = await admin().ok<{ decision?: { note: string } }>('GET', `${HELD}/${id}`);
        notes.push(decision?.note);
      }
      expect(notes).toEqual(['by somebody else', 'typing errors', 'typing errors', undefined]);
      await page.getByLabel('State').selectOption({ label: 'Rejected' });
      await page
        .getByRole('cell', { name: /Rejected by/ })
        .first()
        .waitFor();
      expect(await rows(page).count()).toBe(4);
      await leave(opened);
    });
  });

  describe('one of them', () => {
    it('is accepted, arrives on the tablet by live replication, and the page goes on to the next open one', async () => {
      const { document, patient, doctor } = await stage.shared('vital', { notes: 'as measured' });
      const { tablet } = await stage.refusedEdit(document._id, { heartRatePerMinute: 91 });
      await stage.refusedEdit(document._id, { temperatureCelsius: 38.2 });
      const stop = [tablet.live(), doctor.live()];
      const opened = await browser.logIn(`${PAGE}?patientId=${patient.patientId}&order=oldest`);
      const { page } = opened;
      await entryLink(page, 'Change of vital signs').first().click();
      await page.getByRole('heading', { name: 'Only the author may do it' }).waitFor();
      const row = page.getByRole('row', { name: /heartRatePerMinute/ });
      expect(await row.getByRole('cell').allInnerTexts()).toEqual(['72', '91', '72', expect.any(String)]);
      await row.getByText('Changed').waitFor();
      await page.getByRole('button', { name: 'Accept…' }).click();
      const ask = dialog(page, 'Accept this write?');
      await ask.getByText('heartRatePerMinute: 72 → 91').waitFor();
      await ask.getByText('on behalf of nurseNorth').waitFor();
      await ask.getByLabel('Note').fill('asked the nurse');
      await ask.getByRole('button', { name: 'Accept' }).click();
      await page.getByText(/was accepted: the document is now revision 2-/).waitFor();
      await page.getByRole('row', { name: /temperatureCelsius/ }).waitFor();
      await page.getByText('This is the next open one.').waitFor();
      for (const device of [tablet, doctor])
        await waitFor(async () => (await device.get(document._id)).heartRatePerMinute === 91, {
          what: 'the accepted value on the tablet',
        });
      for (const end of stop) end();
      expect(await stage.stored(document._id)).toMatchObject({ heartRatePerMinute: 91, notes: 'as measured' });

      await page.getByRole('button', { name: 'Reject…' }).click();
      await dialog(page, 'Reject this write?').getByLabel('Note').fill('not measured');
      await dialog(page, 'Reject this write?').getByRole('button', { name: 'Reject' }).click();
      await page.getByText(/was rejected\. Nothing else of what you filter by is open\./).waitFor();
      await page.getByText('Note: not measured').waitFor();
      expect(await page.getByRole('button', { name: 'Accept…' }).count()).toBe(0);
      await leave(opened);
    });

    it('of an RxDB tablet is accepted, and reaches it', async () => {
      const { document, patient } = await stage.shared('vital');
      const device = await RxdbDevice.start(stage.network.login('nurseNorth'));
      try {
        await waitFor(() => device.get('vital', document._id), { what: 'the document on the tablet' });
        const change = { heartRatePerMinute: 93, ...edited(stage.author('nurseNorth')) };
        await device.patch('vital', document._id, change);
        await waitFor(() => stage.entryOf(document._id).catch(() => undefined), { what: 'the refusal' });
        await waitFor(async () => (await device.get('vital', document._id))?.heartRatePerMinute === 72, {
          what: 'the tablet going back to what is stored',
        });
        const opened = await browser.logIn(`${PAGE}?patientId=${patient.patientId}`);
        const { page } = opened;
        await entryLink(page, 'Change of vital signs').click();
        await page.getByRole('button', { name: 'Accept…' }).click();
        await dialog(page, 'Accept this write?').getByRole('button', { name: 'Accept' }).click();
        await page.getByText(/the document is now revision/).waitFor();
        await waitFor(async () => (await device.get('vital', document._id))?.heartRatePerMinute === 93, {
          what: 'the accepted value on the tablet',
        });
        await leave(opened);
      } finally {
        await device.close();
      }
    });

    it('is accepted in part, with a value that is typed, and faults are shown beside their field', async () => {
      const { document } = await stage.shared('vital');
      const { entry } = await stage.refusedEdit(document._id, {
        ...{ heartRatePerMinute: 95, temperatureCelsius: 39.1, systolicMmHg: 120 },
      });
      const opened = await browser.logIn(`${PAGE}/${entry.id}`);
      const { page } = opened;
      await page.getByText('Accepting writes 3 fields.').waitFor();
      await write(page, 'heartRatePerMinute').selectOption({ label: 'Leave as stored' });
      await page.getByText('Accepting writes 2 fields.').waitFor();
      await write(page, 'temperatureCelsius').selectOption({ label: 'Another value…' });
      const value = page.getByLabel('Value of temperatureCelsius');
      expect(await value.inputValue()).toBe('39.1');
      await value.fill('very hot');
      await page.getByText('Type a number, with a point before decimals.').waitFor();
      expect(await page.getByRole('button', { name: 'Accept…' }).isDisabled()).toBe(true);
      expect(await value.getAttribute('aria-invalid')).toBe('true');
      await value.fill('388');
      await page.getByText('Type 45 or less.').waitFor();
      await value.fill('38.8');
      await page.getByLabel('Give another field a value').selectOption('recordId');
      await page.getByLabel('Value of recordId').fill('p:elsewhere');
      await page.getByLabel('Give another field a value').selectOption('notes');
      await page.getByLabel('Value of notes').fill('measured twice');
      await page.getByRole('button', { name: 'Accept…' }).click();
      const ask = dialog(page, 'Accept this write?');
      await ask.getByText('temperatureCelsius: 36.8 → 38.8').waitFor();
      await ask.getByRole('button', { name: 'Accept' }).click();
      await ask.getByText(/A link points to a document of another patient/).waitFor();
      await ask.getByRole('button', { name: 'Cancel' }).click();
      await write(page, 'recordId').selectOption({ label: 'Leave as stored' });
      await page.getByRole('button', { name: 'Accept…' }).click();
      await ask.getByRole('button', { name: 'Accept' }).click();
      await page.getByText(/the document is now revision/).waitFor();
      expect(await stage.stored(document._id)).toMatchObject({
        ...{ heartRatePerMinute: 72, temperatureCelsius: 38.8, systolicMmHg: 120, notes: 'measured twice' },
      });
      expect(await stage.stored(document._id)).not.toHaveProperty('recordId');
      await leave(opened, [answered(403)]);
    });

    it('that is new is stored whole once its faults are mended; those that only the server sees stand beside their field', async () => {
      const { ids, patient } = await stage.faultyVitals(1);
      const [id = ''] = ids;
      const { id: entryId } = await stage.entryOf(id);
      const opened = await browser.logIn(`${PAGE}/${entryId}`);
      const { page } = opened;
      await page.getByRole('heading', { level: 1, name: /^New vital signs/ }).waitFor();
      const row = page.getByRole('row', { name: /heartRatePerMinute/ });
      await row.getByText('Fault').first().waitFor();
      await page.getByRole('button', { name: 'Accept…' }).click();
      const ask = dialog(page, 'Accept this write?');
      await ask.getByText('A new document is stored, with these fields.').waitFor();
      await ask.getByRole('button', { name: 'Accept' }).click();
      await page.getByRole('alert').getByText('It was not accepted').waitFor();
      expect(await write(page, 'heartRatePerMinute').getAttribute('aria-invalid')).toBe('true');
      await write(page, 'heartRatePerMinute').selectOption({ label: 'Another value…' });
      await page.getByLabel('Value of heartRatePerMinute').fill('66');
      await page.getByRole('button', { name: 'Accept…' }).click();
      await ask.getByRole('button', { name: 'Accept' }).click();
      await page.getByText(/the document is now revision 1-/).waitFor();
      expect(await stage.stored(id)).toMatchObject({ heartRatePerMinute: 66, patientId: patient.patientId });
      await leave(opened, [answered(422)]);
    });

    it('that is a deletion reads as one, and deletes only when asked to', async () => {
      const { document } = await stage.shared('vital');
      const { id } = await stage.refusedDeletion(document._id);
      await stage.network.as('doctorNorth').ok('PATCH', `/api/vitals/${document._id}`, { notes: 'seen' });
      const opened = await browser.logIn(`${PAGE}/${id}`);
      const { page } = opened;
      await page.getByRole('heading', { level: 1, name: /^Deletion of vital signs/ }).waitFor();
      await page.getByText('The author deleted the document.').waitFor();
      await page
        .getByRole('row', { name: /^notes/ })
        .getByText('Differs')
        .waitFor();
      expect(
        await page
          .getByRole('row', { name: /^heartRatePerMinute/ })
          .getByText('Differs')
          .count(),
      ).toBe(0);
      await page.getByRole('button', { name: 'Accept the deletion…' }).click();
      const ask = dialog(page, 'Delete the vital signs?');
      await ask.getByRole('button', { name: 'Accept' }).click();
      await ask.getByText('the deletion would undo that').waitFor();
      await ask.getByText('notes: stored now is seen').waitFor();
      expect(await stage.stored(document._id)).toMatchObject({ notes: 'seen' });
      await ask.getByLabel('I have seen what is stored now').check();
      await ask.getByRole('button', { name: 'Accept' }).click();
      await page.getByText(/was accepted/).waitFor();
      expect(await stage.stored(document._id)).toBeUndefined();
      await leave(opened, [answered(409)]);
    });

    it('that somebody else changed meanwhile is not overwritten before it was seen', async () => {
      const { document } = await stage.shared('vital');
      const { entry } = await stage.refusedEdit(document._id, { heartRatePerMinute: 99 });
      const doctor = stage.network.as('doctorNorth');
      const opened = await browser.logIn(`${PAGE}/${entry.id}`);
      const { page } = opened;
      await page.getByRole('button', { name: 'Accept…' }).click();
      const ask = dialog(page, 'Accept this write?');
      await ask.getByText('heartRatePerMinute: 72 → 99').waitFor();
      await doctor.ok('PATCH', `/api/vitals/${document._id}`, { heartRatePerMinute: 81 });
      // The page may have heard of it by now, or is told by the refusal.
      await ask.getByRole('button', { name: 'Accept' }).click();
      await ask.getByText('heartRatePerMinute: stored now is 81').waitFor();
      expect(await stage.stored(document._id)).toMatchObject({ heartRatePerMinute: 81 });
      await ask.getByLabel('I have seen what is stored now').check();
      // What comes after it was ticked has not been seen.
      await doctor.ok('PATCH', `/api/vitals/${document._id}`, { heartRatePerMinute: 82 });
      await ask.getByText('heartRatePerMinute: stored now is 82').waitFor();
      expect(await ask.getByLabel('I have seen what is stored now').isChecked()).toBe(false);
      await ask.getByRole('button', { name: 'Accept' }).click();
      await ask.getByText('Tick that you have seen').waitFor();
      expect(await stage.stored(document._id)).toMatchObject({ heartRatePerMinute: 82 });
      await ask.getByLabel('I have seen what is stored now').check();
      await ask.getByRole('button', { name: 'Accept' }).click();
      await page.getByText(/the document is now revision/).waitFor();
      expect(await stage.stored(document._id)).toMatchObject({ heartRatePerMinute: 99 });
      await leave(opened, [answered(409)]);
    });

    it('of a patient who is erased meanwhile is gone from the page', async () => {
      const { document, patient } = await stage.shared('vital');
      const { entry } = await stage.refusedEdit(document._id, { notes: 'unmistakablewords' });
      const opened = await browser.logIn(`${PAGE}/${entry.id}`);
      const { page } = opened;
      await page.getByText('unmistakablewords').waitFor();
      await admin().ok('POST', `/api/patients/${patient.patientId}/erasure`, { confirm: patient.patientId });
      await page.getByText('It is not here any more').waitFor();
      expect(await page.getByText('unmistakablewords').count()).toBe(0);
      await leave(opened, [answered(404)]);
    });

    it('that gave way in a merge is explained, and settled field by field', async () => {
      const { document, doctor, patient } = await stage.shared('record', { notes: 'Cough' });
      const other = stage.tablet('doctorNorth');
      await other.pull();
      for (const [device, diagnosis, notes] of [
        [doctor, 'Pneumonia', 'Cough and fever'],
        [other, 'Asthma', 'Cough at night'],
      ] as const) {
        const now = await device.get(document._id);
        await device.put({ ...now, diagnosis, notes, ...edited(stage.author('doctorNorth')) });
      }
      await doctor.push();
      await other.push();
      const opened = await browser.logIn(`${PAGE}?patientId=${patient.patientId}`);
      const { page } = opened;
      await page.getByLabel('Reason', { exact: true }).selectOption({ label: 'Gave way in a merge' });
      await entryLink(page, 'Change of medical record').click();
      await page.getByText('Two people changed the same fields at the same time.').waitFor();
      const row = page.getByRole('row', { name: /diagnosis/ });
      await row.getByText('Conflict').waitFor();
      const [base, held, stored] = await row.getByRole('cell').allInnerTexts();
      expect(base).toBe('Acute bronchitis');
      expect([held, stored].sort()).toEqual(['Asthma', 'Pneumonia']);
      await write(page, 'notes').selectOption({ label: 'Another value…' });
      await page.getByLabel('Value of notes').fill('Cough at night, and fever');
      await page.getByRole('button', { name: 'Accept…' }).click();
      const ask = dialog(page, 'Accept this write?');
      await ask.getByText('Somebody changed these fields since').waitFor();
      await ask.getByLabel('I have seen what is stored now').check();
      await ask.getByRole('button', { name: 'Accept' }).click();
      await page.getByText(/the document is now revision/).waitFor();
      expect(await stage.stored(document._id)).toMatchObject({ diagnosis: held, notes: 'Cough at night, and fever' });
      await leave(opened);
    });
  });

  describe('by keys', () => {
    it('goes through the list, selects, opens, rejects, and shows the keys', async () => {
      const { patient } = await stage.faultyVitals(3);
      const opened = await browser.logIn(`${PAGE}?patientId=${patient.patientId}`);
      const { page } = opened;
      await page.getByRole('button', { name: 'Select all 3 loaded' }).waitFor();
      const links = entryLink(page, 'New vital signs');
      const focused = async (index: number) =>
        expect(await links.nth(index).evaluate((link) => link.matches(':focus'))).toBe(true);
      await page.keyboard.press('j');
      await focused(0);
      await page.keyboard.press('j');
      await focused(1);
      await page.keyboard.press('x');
      await page.getByText('1 write selected').waitFor();
      await page.keyboard.press('k');
      await focused(0);
      await page.keyboard.press('x');
      await page.getByText('2 writes selected').waitFor();
      await page.keyboard.press('x');
      await page.getByText('1 write selected').waitFor();
      await page.keyboard.press('r');
      const ask = dialog(page, 'Reject this write?');
      // Letters are letters while somebody types.
      await ask.getByLabel('Note').pressSequentially('xkr?');
      expect(await ask.getByLabel('Note').inputValue()).toBe('xkr?');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByText('1 write rejected.').waitFor();
      await page.getByRole('button', { name: 'Select all 2 loaded' }).waitFor();

      await page.keyboard.press('?');
      await dialog(page, 'Keys').getByText('Next row').waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Escape');
      await dialog(page, 'Keys').waitFor({ state: 'detached' });
      await page.keyboard.press('j');
      expect(await page.locator(':focus').innerText()).toBe('New vital signs');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: /^New vital signs/ }).waitFor();
      await page.getByRole('button', { name: 'Accept…' }).waitFor();
      await page.keyboard.press('u');
      await page.getByRole('heading', { level: 1, name: 'Held writes' }).waitFor();
      await leave(opened);
    });

    it('goes down a list that is longer than what is loaded and drawn, and back', async () => {
      const { patient } = await stage.manyHeld(140);
      const opened = await browser.logIn(`${PAGE}?patientId=${patient.patientId}`);
      const { page } = opened;
      await page.getByRole('button', { name: 'Select all 100 loaded' }).waitFor();
      const focused = page.locator('[role=row]:has(:focus)');
      const rowAfter = async (key: string) => {
        await page.keyboard.press(key);
        return Number(await focused.getAttribute('aria-rowindex'));
      };
      // The row of the titles is the first.
      expect(await rowAfter('j')).toBe(2);
      await waitFor(async () => (await rowAfter('j')) === 141, { what: 'the last row', timeoutMs: 90_000 });
      const [table, row] = [await page.getByRole('table').boundingBox(), await focused.boundingBox()];
      expect(row?.y).toBeGreaterThanOrEqual(table?.y ?? Infinity);
      expect((row?.y ?? 0) + (row?.height ?? 0)).toBeLessThanOrEqual((table?.y ?? 0) + (table?.height ?? 0) + 1);
      expect(await rowAfter('j')).toBe(141);
      expect(await rowAfter('k')).toBe(140);
      await leave(opened);
    });

    it('accepts, rejects and moves from one to the next; the keys can be turned off', async () => {
      const { ids, patient } = await stage.faultyVitals(3);
      const opened = await browser.logIn(`${PAGE}?patientId=${patient.patientId}&order=oldest`);
      const { page } = opened;
      await entryLink(page, 'New vital signs').first().click();
      const heading = (id: string | undefined) =>
        page.getByRole('heading', { level: 1, name: `New vital signs …${id?.slice(-6)}` });
      await heading(ids[0]).waitFor();
      await page.keyboard.press('j');
      await heading(ids[1]).waitFor();
      await page.keyboard.press('j');
      await heading(ids[2]).waitFor();
      await page.keyboard.press('j');
      await page.getByText('This is the last one of the list.').waitFor();
      await page.keyboard.press('k');
      await heading(ids[1]).waitFor();
      await write(page, 'heartRatePerMinute').selectOption({ label: 'No value' });
      await heading(ids[1]).focus();
      await page.keyboard.press('a');
      await dialog(page, 'Accept this write?').getByRole('button', { name: 'Accept' }).click();
      await heading(ids[2]).waitFor();
      expect(await stage.stored(ids[1] ?? '')).not.toHaveProperty('heartRatePerMinute');
      await page.getByRole('button', { name: 'Accept…' }).waitFor();
      await page.keyboard.press('r');
      await dialog(page, 'Reject this write?').getByLabel('Note').fill('no');
      await page.keyboard.press('Escape');
      await dialog(page, 'Reject this write?').waitFor({ state: 'detached' });

      await page.keyboard.press('?');
      await dialog(page, 'Keys').getByLabel('Use these keys in this browser').uncheck();
      await page.keyboard.press('Escape');
      await dialog(page, 'Keys').waitFor({ state: 'detached' });
      await page.keyboard.press('r');
      await page.keyboard.press('?');
      await dialog(page, 'Keys').waitFor();
      expect(await dialog(page, 'Reject this write?').count()).toBe(0);
      await leave(opened);
    });
  });

  describe('look right', () => {
    it('as a list', async () => {
      await stage.faultyVitals(3);
      const ready = async (page: Page) => {
        await entryLink(page, 'New vital signs').first().waitFor();
        await page.getByRole('navigation', { name: 'Open, by reason' }).waitFor();
        await page
          .getByRole('checkbox', { name: /^Select/ })
          .first()
          .check();
      };
      expect(await browser.looks('held-writes', PAGE, ready)).toEqual([]);
    });

    it('as a list of all, with what was decided', async () => {
      const { ids } = await stage.faultyVitals(2);
      const { id } = await stage.entryOf(ids[0] ?? '');
      await admin().ok('POST', `${HELD}/${id}/reject`, { note: 'no' });
      const ready = (page: Page) =>
        page
          .getByRole('cell', { name: /^Rejected/ })
          .first()
          .waitFor();
      expect(await browser.looks('held-writes-all', `${PAGE}?state=all`, ready)).toEqual([]);
    });

    it('as a change in conflict, and when it is to be accepted', async () => {
      const { document } = await stage.shared('prescription', { notes: 'Allergy checked' });
      const lines = [
        { drugName: 'Amoxicillin', dose: '250 mg', quantity: 21, quantityUnit: 'tablets' },
        { drugName: 'Paracetamol', dose: '500 mg', quantity: 10, instructions: 'When needed, at most 4 a day' },
      ];
      const { entry } = await stage.refusedEdit(document._id, { lines, status: 'cancelled' }, 'pharmacistNorth');
      await stage.network.as('doctorNorth').ok('PATCH', `/api/prescriptions/${document._id}`, {
        lines: [{ drugName: 'Amoxicillin', dose: '750 mg', quantity: 21 }],
      });
      const conflict = (page: Page) => page.getByRole('row', { name: /lines/ }).getByText('Conflict').waitFor();
      expect(await browser.looks('held-write-conflict', `${PAGE}/${entry.id}`, conflict)).toEqual([]);
      const asking = async (page: Page) => {
        await page.getByRole('button', { name: 'Accept…' }).click();
        await dialog(page, 'Accept this write?').waitFor();
      };
      expect(await browser.looks('held-write-accept', `${PAGE}/${entry.id}`, asking)).toEqual([]);
    });

    it('as a new document with a fault, and when it is decided', async () => {
      const { ids } = await stage.faultyVitals(1);
      const { id } = await stage.entryOf(ids[0] ?? '');
      const typing = (page: Page) =>
        write(page, 'heartRatePerMinute')
          .selectOption({ label: 'Another value…' })
          .then(() => page.getByLabel('Value of heartRatePerMinute').waitFor());
      expect(await browser.looks('held-write-new', `${PAGE}/${id}`, typing)).toEqual([]);
      await admin().ok('POST', `${HELD}/${id}/reject`, { note: 'typed by mistake' });
      const decided = (page: Page) => page.getByText('Note: typed by mistake').waitFor();
      expect(await browser.looks('held-write-decided', `${PAGE}/${id}`, decided)).toEqual([]);
    });

    it('as a deletion', async () => {
      const { document } = await stage.shared('vital');
      const { id } = await stage.refusedDeletion(document._id);
      const ready = (page: Page) => page.getByText('The author deleted the document.').waitFor();
      expect(await browser.looks('held-write-deletion', `${PAGE}/${id}`, ready)).toEqual([]);
    });
  });
});
