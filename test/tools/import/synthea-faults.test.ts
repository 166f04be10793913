import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ImportSourceError } from '../../../server/tools/import/import-source.ts';
import { checkFolder } from '../../../server/tools/import/synthea/check-folder.ts';
import type { FileName } from '../../../server/tools/import/synthea/files.ts';
import {
  BASE,
  type Cells,
  columnsOf,
  csvText,
  type Export,
  fileSummary,
  importFolder,
  importWith,
  outcomesOf,
  withExport,
} from './small-export.ts';

const EARLY = '2022-03-04T10:00:00Z';
const LATE = '2999-01-01T00:00:00Z';
const LONG = 'x'.repeat(301);
const PULSE = { PATIENT: 'p1', ENCOUNTER: 'e1', DATE: EARLY, CODE: '8867-4', VALUE: '70', UNITS: '/min' };
const DRUG = { PATIENT: 'p1', ENCOUNTER: 'e1', START: EARLY, CODE: '5', DESCRIPTION: 'Pill', DISPENSES: '1' };
const [PATIENT] = BASE.patients;
const [VISIT] = BASE.encounters;

async function errorsOf(files: Export): Promise<string[]> {
  const { summary } = await importWith(files);
  for (const file of summary.files) expect(outcomesOf(file), file.file).toBe(file.rows);
  return summary.errors.map(({ file, line, message }) => `${file}:${line} ${message}`);
}

describe('a folder that is no Synthea export', () => {
  test('is refused with every missing file and column by name', async () => {
    const files: Export = { patients: 'Id,BIRTHDATE,DEATHDATE,SSN,FIRST,LAST,GENDER,ADDRESS,CITY\n', allergies: '' };
    await withExport(files, async (folder) => {
      await expect(checkFolder(folder)).rejects.toThrow(ImportSourceError);
      await expect(checkFolder(folder)).rejects.toThrow(
        [
          'organizations.csv: there is no such file in the folder',
          'patients.csv: the column STATE is missing',
          'patients.csv: the column ZIP is missing',
          'allergies.csv: there is no header line',
        ].join('\n'),
      );
    });
  });

  test('is refused where no organization can be a clinic', async () => {
    await expect(importWith({ organizations: [] })).rejects.toThrow('organizations.csv: no row can be a clinic');
  });
});

describe('a row with an error', () => {
  const cases: readonly (readonly [string, FileName, Cells, string])[] = [
    ['no day of birth', 'patients', { ...PATIENT, BIRTHDATE: '' }, 'BIRTHDATE is not a date or time'],
    ['a day that is none', 'patients', { ...PATIENT, BIRTHDATE: '1980-02-30' }, 'BIRTHDATE is not a date or time'],
    ['an unknown sex', 'patients', { ...PATIENT, GENDER: 'Q' }, 'GENDER is not one of M, F, O, U'],
    ['no name', 'patients', { ...PATIENT, FIRST: '' }, '/firstName must NOT have fewer than 1 characters'],
    ['no Id', 'encounters', { ...VISIT, Id: '' }, 'Id is empty'],
    ['a time that is none', 'encounters', { ...VISIT, START: 'soon' }, 'START is not a date or time'],
    ['a time to come', 'encounters', { ...VISIT, START: LATE }, 'START is in the future'],
    ['no such patient', 'encounters', { ...VISIT, PATIENT: 'p9' }, 'PATIENT is no Id of patients.csv'],
    [
      'a long drug name',
      'medications',
      { ...DRUG, DESCRIPTION: LONG },
      '/lines/0/drugName must NOT have more than 300 characters',
    ],
    ['no number', 'medications', { ...DRUG, DISPENSES: '-1' }, 'DISPENSES is not a whole number'],
    ['times in disorder', 'procedures', { ...DRUG, STOP: '2022-03-03' }, 'STOP is before START'],
    ['a time to come', 'immunizations', { ...DRUG, DATE: LATE }, 'DATE is in the future'],
    [
      'an unknown severity',
      'allergies',
      { ...DRUG, SEVERITY1: 'BAD' },
      'SEVERITY1 or SEVERITY2 is not one of severe, moderate, mild',
    ],
    [
      'a long name',
      'conditions',
      { ...DRUG, DESCRIPTION: LONG },
      '/conditions/0/name must NOT have more than 300 characters',
    ],
    [
      'a value that cannot be',
      'observations',
      { ...PULSE, VALUE: '5000' },
      '/heartRatePerMinute must be <= 350 (Heart rate, beats per minute)',
    ],
    ['a value that is none', 'observations', { ...PULSE, VALUE: 'fast' }, 'VALUE is not a number'],
    [
      'an unknown unit',
      'observations',
      { ...PULSE, UNITS: 'Hz' },
      'UNITS is not one of /min, {beats}/min, {breaths}/min',
    ],
    ['a long name', 'providers', { ...BASE.providers[0], NAME: LONG }, '/name must NOT have more than 200 characters'],
  ];
  test.each(cases)('%s (%s.csv) is reported by file, line and rule', async (_, file, row, message) => {
    expect(await errorsOf({ [file]: [row] })).toEqual([`${file}.csv:2 ${message}`]);
  });

  test('costs no other row anything', async () => {
    const { writer, summary } = await importWith({
      observations: [{ ...PULSE, VALUE: '5000' }, PULSE, { ...PULSE, CODE: '8302-2', VALUE: '1.0', UNITS: 'cm' }],
      conditions: [{ ...DRUG, DESCRIPTION: LONG }, DRUG],
    });
    expect(writer.ofType('vital')).toMatchObject([{ heartRatePerMinute: 70 }]);
    expect(writer.ofType('vital')[0]).not.toHaveProperty('heightCm');
    expect(writer.ofType('patient')).toMatchObject([{ conditions: [{ name: 'Pill' }] }]);
    expect(summary.errors.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'conditions.csv:2',
      'observations.csv:2',
      'observations.csv:4',
    ]);
  });

  test('takes the rows of a patient along where it is the own row of the patient', async () => {
    const { writer, summary } = await importWith({
      patients: [PATIENT, { ...PATIENT, Id: 'p2', GENDER: 'Q' }],
      encounters: [VISIT, { ...VISIT, Id: 'e2', PATIENT: 'p2' }],
      medications: [{ ...DRUG, PATIENT: 'p2', ENCOUNTER: 'e2' }],
    });
    expect(summary.errors).toMatchObject([{ file: 'patients.csv', line: 3 }]);
    expect(fileSummary(summary, 'encounters').skipped).toEqual([
      { reason: 'the row of its patient has an error', count: 1 },
    ]);
    expect(writer.ofType('patient')).toHaveLength(1);
    expect(writer.ofType('prescription')).toEqual([]);
  });

  test('is the second of one Id', async () => {
    expect(await errorsOf({ encounters: [VISIT, { ...VISIT, START: '2021-01-01' }] })).toEqual([
      'encounters.csv:3 Id is that of line 2 too',
    ]);
  });

  test('is one with another number of fields than the header', async () => {
    const text = `${csvText('patients', [PATIENT])}p2,1980-01-01\n`;
    expect(await errorsOf({ patients: text })).toEqual(['patients.csv:3 the row has 2 fields, the header 12']);
  });

  test('is named by the line it begins at, after cells with line breaks, empty lines and a byte-order mark', async () => {
    const rows = [
      { ...PATIENT, ADDRESS: '1 Road,\nUpper "Floor"' },
      { ...PATIENT, Id: 'p2', ADDRESS: '2 Road\n\n', GENDER: 'Q' },
      { ...PATIENT, Id: 'p3', GENDER: 'Q' },
    ];
    const text = csvText('patients', rows).replace('p3,', '\np3,').replaceAll('\n', '\r\n');
    expect(await errorsOf({ patients: `\uFEFF${text}` })).toEqual([
      'patients.csv:4 GENDER is not one of M, F, O, U',
      'patients.csv:8 GENDER is not one of M, F, O, U',
    ]);
  });

  test('is one whose quote is never closed, with all that follows', async () => {
    const text = `${csvText('patients', [PATIENT])}"p2,1980-01-01\np3\n`;
    expect(await errorsOf({ patients: text })).toEqual([
      'patients.csv:3 a quote is opened and not closed: the file is not read from here on',
    ]);
  });
});

describe('a reference to what is not there', () => {
  test('is left out and noted where the row holds without it', async () => {
    const { writer, summary } = await importWith({
      organizations: [...BASE.organizations, { Id: 'o2', NAME: 'South', PHONE: '555-1000 or ask' }],
      encounters: [{ ...VISIT, PROVIDER: 'd9', ORGANIZATION: 'o9' }],
      medications: [{ ...DRUG, ENCOUNTER: 'e9' }],
      observations: [{ ...PULSE, ENCOUNTER: '' }],
    });
    expect(summary.errors).toEqual([]);
    expect(writer.ofType('prescription')[0]).not.toHaveProperty('recordId');
    expect(writer.ofType('record')).toMatchObject([{ createdBy: 'import' }]);
    expect(writer.ofType('vital')).toMatchObject([{ createdBy: 'import' }]);
    const notes = summary.files.flatMap((file) =>
      file.notes.map(({ reason, count }) => `${file.file} ${count} ${reason}`),
    );
    expect(notes).toEqual([
      'organizations.csv 1 PHONE left out: it is not one telephone number',
      'encounters.csv 1 ORGANIZATION is no Id of organizations.csv: folded',
      'encounters.csv 1 PROVIDER is no Id of providers.csv: import wrote it',
      'medications.csv 1 ENCOUNTER is no imported visit of the patient: stored without link',
    ]);
  });

  test('is also one to the visit of another patient', async () => {
    const { writer } = await importWith({
      patients: [PATIENT, { ...PATIENT, Id: 'p2' }],
      medications: [{ ...DRUG, PATIENT: 'p2', ENCOUNTER: 'e1' }],
    });
    expect(writer.ofType('prescription')[0]).not.toHaveProperty('recordId');
  });
});

describe('whatever the cells hold', () => {
  const cell = fc.oneof(
    fc.constantFrom(
      '',
      'p1',
      'e1',
      'o1',
      'd1',
      EARLY,
      '2022-03-04',
      LATE,
      '70',
      '-3',
      '/min',
      'cm',
      '8867-4',
      '8302-2',
    ),
    fc.constantFrom('F', 'MILD', 'vital-signs', LONG, 'wellness', '__proto__', 'constructor'),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
  );
  const rowsOf = (file: FileName) =>
    fc.array(fc.record(Object.fromEntries(columnsOf(file).map((column) => [column, cell]))), { maxLength: 4 });
  const anyExport = fc.record({
    providers: rowsOf('providers'),
    patients: rowsOf('patients').map((rows) => [PATIENT, ...rows]),
    encounters: rowsOf('encounters').map((rows) => [VISIT, ...rows]),
    conditions: rowsOf('conditions'),
    allergies: rowsOf('allergies'),
    medications: rowsOf('medications'),
    procedures: rowsOf('procedures'),
    immunizations: rowsOf('immunizations'),
    observations: rowsOf('observations'),
  });

  test('every row has one outcome, every document is valid, no value is in a message, and a second run changes nothing', async () => {
    const secret = 'Quixotewicz';
    await fc.assert(
      fc.asyncProperty(anyExport, async (files) => {
        const named: Export = {
          ...BASE,
          ...files,
          patients: [{ ...PATIENT, LAST: secret }, ...files.patients.slice(1)],
        };
        await withExport(named, async (folder) => {
          const { summary, writer } = await importFolder(folder);
          for (const file of summary.files) expect(outcomesOf(file)).toBe(file.rows);
          expect(JSON.stringify(summary)).not.toContain(secret);
          expect(JSON.stringify(summary)).not.toContain(LONG);
          const again = await importFolder(folder, { writer });
          expect(again.summary.written).toEqual({ created: 0, updated: 0, unchanged: writer.documents.size });
        });
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
