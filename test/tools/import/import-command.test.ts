import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type ImportHost, importCommand } from '../../../server/tools/import/cli.ts';
import type { ImportWriter } from '../../../server/tools/import/import-writer.ts';
import { MemoryWriter } from './memory-writer.ts';
import { BASE, withExport } from './small-export.ts';

const FIXTURE = join(import.meta.dirname, '../../fixtures/synthea');

/** A host whose output can be read, and which knows how often a writer was opened and closed. */
function testHost(writer: ImportWriter = new MemoryWriter()) {
  const seen = { text: '', opened: 0, closed: 0 };
  const output = new Writable({
    write(chunk, _encoding, done) {
      seen.text += String(chunk);
      done();
    },
  });
  const openWriter: ImportHost['openWriter'] = async () => {
    seen.opened += 1;
    return {
      writer,
      close: async () => {
        seen.closed += 1;
      },
    };
  };
  return { seen, host: { openWriter, output } };
}

describe('the command import', () => {
  test('shows progress, tables and reasons, and ends with 0', async () => {
    const { seen, host } = testHost();
    expect(await importCommand(['synthea', FIXTURE, '--clinics', '2'], host)).toBe(0);
    expect(seen).toMatchObject({ opened: 1, closed: 1 });
    expect(seen.text).toContain('Reading 50 %\n');
    expect(seen.text).toContain('Writing 100 %\n');
    expect(seen.text).toMatch(/organizations\.csv +│ +63 │ +2 │ +61 │ +0 │ +0/);
    expect(seen.text).toMatch(/all +│ +3318 │/);
    expect(seen.text).toMatch(/appointment +│ +27 │ +27/);
    expect(seen.text).toMatch(/Written: \d+ created, 0 updated, 0 unchanged/);
    expect(seen.text).toContain('careplans.csv: 49 × care plan: no such document type');
    expect(seen.text).not.toContain('Errors');
  });

  test('ends with 1 where rows had errors, and shows the first twenty', async () => {
    const { seen, host } = testHost();
    const encounters = Array.from({ length: 23 }, (_, i) => ({ ...BASE.encounters[0], Id: `e${i}`, START: 'never' }));
    await withExport({ ...BASE, encounters }, async (folder) => {
      expect(await importCommand(['synthea', folder], host)).toBe(1);
    });
    expect(seen.text.match(/encounters\.csv:\d+ START is not a date or time/g)).toHaveLength(20);
    expect(seen.text).toContain('... and 3 more');
    expect(seen.text).toContain('Not in the folder:\n  conditions.csv');
  });

  test('opens no database for a folder that is no export', async () => {
    const { seen, host } = testHost();
    expect(await importCommand(['synthea', join(FIXTURE, 'none')], host)).toBe(1);
    expect(seen.text).toContain('patients.csv: there is no such file in the folder');
    expect(seen.opened).toBe(0);
  });

  test('closes what it opened where writing fails', async () => {
    const { seen, host } = testHost({ put: () => Promise.reject(new Error('the disk is full')) });
    await expect(importCommand(['synthea', FIXTURE], host)).rejects.toThrow('the disk is full');
    expect(seen.closed).toBe(1);
  });

  test('writes nothing more once it is told to stop', async () => {
    const controller = new AbortController();
    const writer = new MemoryWriter();
    const put: ImportWriter['put'] = async (documents) => {
      controller.abort();
      return writer.put(documents);
    };
    const { seen, host } = testHost({ put });
    await expect(importCommand(['synthea', FIXTURE], { ...host, signal: controller.signal })).rejects.toThrow(
      'aborted',
    );
    expect(writer.batches).toHaveLength(1);
    expect(seen.closed).toBe(1);
  });

  test('draws a bar on a terminal', async () => {
    const { seen, host } = testHost();
    const output = Object.assign(host.output, {
      isTTY: true,
      columns: 80,
      cursorTo: () => true,
      clearLine: () => true,
    });
    await withExport(BASE, (folder) => importCommand(['synthea', folder], { ...host, output }));
    expect(seen.text).toMatch(/Writing █+ 100%/);
  });

  test.each([
    [['synthea', FIXTURE, '--clinics', '0'], 1, 'whole number from 1'],
    [['synthea', FIXTURE, '--clinics', 'two'], 1, 'whole number from 1'],
    [['synthea'], 1, "missing required argument 'folder'"],
    [['fhir', FIXTURE], 1, "unknown command 'fhir'"],
    [['synthea', '--help'], 0, '--clinics <n>'],
  ])('answers %j with status %i', async (args, status, text) => {
    const { seen, host } = testHost();
    expect(await importCommand(args, host)).toBe(status);
    expect(seen.text).toContain(text);
    expect(seen.opened).toBe(0);
  });
});
