import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runImport } from '../../../server/tools/import/import-run.ts';
import { FILE_NAMES } from '../../../server/tools/import/synthea/files.ts';
import { syntheaSource } from '../../../server/tools/import/synthea/source.ts';
import { DOCUMENT_TYPES } from '../../../shared-schemas/document-types.ts';
import type { RuleDocument } from '../../../sync-rules/document.ts';
import { MemoryWriter } from './memory-writer.ts';
import {
  BASE,
  fileSummary,
  type Imported,
  importFolder,
  importWith,
  NOW_MS,
  outcomesOf,
  withExport,
} from './small-export.ts';

const FIXTURE = join(import.meta.dirname, '../../fixtures/synthea');

/** Rows that a file of the fixture has, counted without the importer: no cell of it has a line break. */
async function countRows(file: string): Promise<number> {
  const lines = (await readFile(join(FIXTURE, file), 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.length - 1;
}

describe('a Synthea export', () => {
  let imported: Imported;
  beforeAll(async () => {
    imported = await importFolder(FIXTURE);
  });

  test('has no row error and becomes documents of all ten types', () => {
    const { summary, writer } = imported;
    expect(summary.errors).toEqual([]);
    expect(Object.fromEntries(summary.types.map(({ type, documents }) => [type, documents]))).toEqual({
      patient: 27,
      record: 604,
      prescription: 663,
      procedure: 249,
      vaccine: 29,
      vital: 31,
      appointment: 27,
      drug: 32,
      clinic: 3,
      staff: 167,
    });
    for (const { type, documents } of summary.types) expect(writer.ofType(type)).toHaveLength(documents);
    expect(summary.written).toEqual({ created: writer.documents.size, updated: 0, unchanged: 0 });
  });

  test('accounts for every row of every file', async () => {
    expect(imported.summary.files.map(({ file }) => file)).toEqual(FILE_NAMES.map((name) => `${name}.csv`));
    for (const file of imported.summary.files) {
      expect(file.rows, file.file).toBe(await countRows(file.file));
      expect(outcomesOf(file), file.file).toBe(file.rows);
    }
  });

  test('accounts for every document, those that come from no row apart', () => {
    const fromRows = imported.summary.files.reduce((sum, { documents }) => sum + documents, 0);
    const derived = imported.summary.types.filter((type) => type.derived > 0);
    expect(derived.map(({ type, derived: count }) => [type, count])).toEqual([
      ['appointment', 27],
      ['drug', 32],
      ['staff', 1],
    ]);
    expect(fromRows + 27 + 32 + 1).toBe(imported.writer.documents.size);
  });

  test('changes nothing when it is imported again, also at another time', async () => {
    const again = await importFolder(FIXTURE, { writer: imported.writer, nowMs: NOW_MS + 400 * 24 * 3_600_000 });
    expect(again.summary.written).toEqual({ created: 0, updated: 0, unchanged: imported.writer.documents.size });
    expect({ ...again.summary, written: undefined }).toEqual({ ...imported.summary, written: undefined });
  });

  test('is written reference documents first, then patient by patient, in batches of at most 500', () => {
    const documents = [...imported.writer.documents.values()];
    const ranks = documents.map(({ type }) => Math.max(['clinic', 'drug', 'staff'].indexOf(type), -1));
    const firstPatient = ranks.indexOf(-1);
    expect(ranks.slice(0, firstPatient)).toEqual(ranks.slice(0, firstPatient).toSorted());
    expect(ranks.slice(firstPatient).every((rank) => rank === -1)).toBe(true);
    const owners = documents.slice(firstPatient).map(({ patientId }) => patientId);
    const changes = owners.filter((owner, i) => owner !== owners[i - 1]);
    expect(changes).toHaveLength(27);
    for (const [i, { type }] of documents.slice(firstPatient).entries()) {
      expect(type === 'patient').toBe(owners[i] !== owners[i - 1]);
    }
    expect(Math.max(...imported.writer.batches)).toBeLessThanOrEqual(500);
  });

  test('gives every document of a patient the clinics of the patient, all of which exist', () => {
    const clinics = new Set(imported.writer.ofType('clinic').map(({ slug }) => slug));
    const patients = new Map(imported.writer.ofType('patient').map((patient) => [patient.patientId, patient]));
    for (const document of imported.writer.documents.values()) {
      if (document.patientId) expect(document.clinicIds).toEqual(patients.get(document.patientId)?.clinicIds);
      for (const slug of document.clinicIds ?? []) expect(clinics).toContain(slug);
    }
  });

  test('links visits to what was done in them, and back', () => {
    const { documents } = imported.writer;
    const links = { prescriptionId: 'prescription', procedureId: 'procedure', vaccineId: 'vaccine', vitalId: 'vital' };
    let linked = 0;
    for (const record of imported.writer.ofType('record')) {
      for (const [field, type] of Object.entries(links)) {
        const target = typeof record[field] === 'string' ? documents.get(record[field]) : undefined;
        if (record[field] === undefined) continue;
        expect(target).toMatchObject({ type, recordId: record._id, patientId: record.patientId });
        linked += 1;
      }
    }
    expect(linked).toBeGreaterThan(400);
    const recordIds = new Set(imported.writer.ofType('record').map(({ _id }) => _id));
    const ofVisits = [...documents.values()].filter(({ recordId }) => recordId !== undefined);
    for (const { recordId } of ofVisits) expect(recordIds).toContain(recordId);
  });

  test('has authors and drugs that exist', () => {
    const users = new Set<unknown>(imported.writer.ofType('staff').map(({ userId }) => userId)).add('import');
    for (const { createdBy, filledBy = 'import', performedBy = 'import' } of imported.writer.documents.values()) {
      for (const user of [createdBy, filledBy, performedBy]) expect(users).toContain(user);
    }
    for (const { lines } of imported.writer.ofType('prescription')) {
      const [line] = lines as { readonly drugId: string; readonly drugCode: string }[];
      expect(imported.writer.documents.get(line?.drugId ?? '')).toMatchObject({ type: 'drug', code: line?.drugCode });
    }
  });

  test('has times in order and none in the future', () => {
    for (const { createdAt = '', updatedAt = '', status, filledBy, filledAt } of imported.writer.documents.values()) {
      expect(Date.parse(updatedAt)).toBeGreaterThanOrEqual(Date.parse(createdAt));
      expect(Date.parse(updatedAt)).toBeLessThanOrEqual(NOW_MS);
      expect(filledAt !== undefined).toBe(status === 'filled');
      expect(filledBy !== undefined).toBe(status === 'filled');
    }
  });

  test('marks visits about mental health, substance use or violence as confidential', () => {
    const records = imported.writer.ofType('record');
    const about = (text: string) => records.filter(({ notes }) => String(notes).includes(text));
    for (const text of ['Drug rehabilitation', 'Drug overdose', 'partner abuse', 'alcohol']) {
      expect(about(text).length, text).toBeGreaterThan(0);
      for (const { confidential } of about(text)) expect(confidential, text).toBe(true);
    }
    for (const { confidential } of about('Viral sinusitis')) expect(confidential).toBe(false);
  });

  test('makes as many clinics as are asked for, the busiest organizations first', async () => {
    const slugs = imported.writer.ofType('clinic').map(({ slug }) => slug);
    expect(slugs).toEqual(['massachusetts-general', 'morton-hospital', 'pcp27719']);
    const one = await importFolder(FIXTURE, { clinicCount: 1 });
    expect(one.writer.ofType('clinic').map(({ slug }) => slug)).toEqual(['massachusetts-general']);
    expect(fileSummary(one.summary, 'organizations')).toMatchObject({ rows: 63, documents: 1, merged: 62 });
    const all = await importFolder(FIXTURE, { clinicCount: 200 });
    expect(new Set(all.writer.ofType('clinic').map(({ slug }) => slug)).size).toBe(63);
  });

  test('reports progress that grows to its end in both stages', async () => {
    const shares = { reading: [0], writing: [0] };
    await runImport({
      source: syntheaSource({ folder: FIXTURE, clinicCount: 3 }),
      writer: new MemoryWriter(),
      onProgress: ({ stage, done, total }) => shares[stage].push(done / total),
    });
    for (const values of Object.values(shares)) {
      expect(values).toEqual(values.toSorted((a, b) => a - b));
      expect(values.at(-1)).toBe(1);
    }
  });
});

describe('the mapping of a row', () => {
  const only = (documents: readonly RuleDocument[]): RuleDocument => {
    expect(documents).toHaveLength(1);
    return documents[0] as RuleDocument;
  };

  test('a patient has what the other files say about them', async () => {
    const { writer } = await importWith({
      patients: [
        {
          Id: 'p1',
          BIRTHDATE: '1949-11-26',
          DEATHDATE: '2023-01-02',
          SSN: '999-10-2000',
          FIRST: 'Ann',
          MIDDLE: 'Bea',
          LAST: 'Example',
          GENDER: 'M',
          ADDRESS: '1 Road',
          CITY: 'Town',
          ZIP: '01234',
        },
      ],
      allergies: [
        {
          PATIENT: 'p1',
          START: '2001-02-03',
          CODE: '1',
          DESCRIPTION: 'Latex',
          DESCRIPTION1: 'Itching',
          SEVERITY1: 'MILD',
          DESCRIPTION2: 'Rash',
          SEVERITY2: 'MODERATE',
        },
      ],
      conditions: [{ PATIENT: 'p1', START: '2023-01-01', STOP: '2023-01-02', CODE: '2', DESCRIPTION: 'Cold' }],
    });
    const patient = only(writer.ofType('patient'));
    expect(patient).toMatchObject({
      clinicIds: ['north-clinic'],
      firstName: 'Ann Bea',
      lastName: 'Example',
      sex: 'male',
      birthDate: '1949-11-26',
      deathDate: '2023-01-02',
      identityNumber: '999-10-2000',
      address: '1 Road, Town, 01234',
      allergies: [
        { substance: 'Latex', code: '1', reaction: 'Itching; Rash', severity: 'moderate', since: '2001-02-03' },
      ],
      conditions: [{ name: 'Cold', code: '2', since: '2023-01-01', until: '2023-01-02' }],
      createdAt: '2022-03-04T10:00:00.000Z',
      updatedAt: '2023-01-01T00:00:00.000Z',
    });
    // A birth before 1970 has no place in a ULID.
    expect(patient.patientId).toMatch(/^p0000000000/);
  });

  test('a visit has its reason, else a clinical condition, else its kind as its diagnosis', async () => {
    const visit = { START: '2022-03-04T10:00:00Z', PATIENT: 'p1', ORGANIZATION: 'o1', DESCRIPTION: 'Visit' };
    const { writer } = await importWith({
      encounters: [
        { ...visit, Id: 'e1', REASONDESCRIPTION: 'Asthma', REASONCODE: '7' },
        { ...visit, Id: 'e2' },
        { ...visit, Id: 'e3' },
      ],
      conditions: ['Full-time employment (finding)', 'Obesity (finding)', 'Cold (disorder)'].flatMap((name) => [
        { PATIENT: 'p1', ENCOUNTER: 'e2', START: '2022-03-04', CODE: '8', DESCRIPTION: name },
        { PATIENT: 'p1', ENCOUNTER: 'e1', START: '2022-03-04', CODE: '8', DESCRIPTION: name },
      ]),
    });
    const diagnoses = writer.ofType('record').map(({ diagnosis, diagnosisCode }) => [diagnosis, diagnosisCode]);
    expect(diagnoses).toEqual([
      ['Asthma', '7'],
      ['Cold (disorder)', '8'],
      ['Visit', undefined],
    ]);
  });

  test('a medication is pending until it was dispensed or the course has ended', async () => {
    const row = {
      PATIENT: 'p1',
      ENCOUNTER: 'e1',
      START: '2022-03-04T10:00:00Z',
      CODE: '5',
      DESCRIPTION: 'A 5 MG Pill',
    };
    const { writer } = await importWith({
      medications: [
        { ...row, DISPENSES: '0' },
        { ...row, DISPENSES: '2' },
        { ...row, STOP: '2022-04-01T10:00:00Z' },
      ],
    });
    const states = writer.ofType('prescription').map(({ status, filledAt, filledBy }) => [status, filledAt, filledBy]);
    const filled = ['filled', '2022-03-04T10:00:00.000Z', 'import-pharmacist'];
    expect(states).toEqual([['pending', undefined, undefined], filled, filled]);
    expect(only(writer.ofType('drug'))).toMatchObject({ code: '5', strength: '5 MG', form: 'Pill' });
    expect(writer.ofType('prescription')[0]).toMatchObject({
      patientName: 'Ann Example',
      patientBirthDate: '1980-02-03',
    });
  });

  test('rows that are alike in every column are documents of their own', async () => {
    const row = { PATIENT: 'p1', ENCOUNTER: 'e1', DATE: '2022-03-04T10:00:00Z', CODE: '140', DESCRIPTION: 'Influenza' };
    const { writer, summary } = await importWith({ immunizations: [row, row] });
    expect(writer.ofType('vaccine')).toHaveLength(2);
    expect(summary.written.created).toBe(writer.documents.size);
  });

  test('observations of one visit and time are one vital, in the units of its fields', async () => {
    const sign = (CODE: string, VALUE: string, UNITS: string, CATEGORY = 'vital-signs') => ({
      PATIENT: 'p1',
      ENCOUNTER: 'e1',
      DATE: '2022-03-04T10:00:00Z',
      CATEGORY,
      CODE,
      VALUE,
      UNITS,
    });
    const { writer, summary } = await importWith({
      observations: [
        sign('8310-5', '98.6', '[degF]'),
        sign('2339-0', '90.0', 'mg/dL', 'laboratory'),
        sign('59408-5', '97.0', '%'),
        sign('2708-6', '97.0', '%'),
        sign('8867-4', '70', '/min'),
        sign('8867-4', '71', '/min'),
        sign('39156-5', '22.0', 'kg/m2'),
        sign('1', '22.0', 'x', 'laboratory'),
        { ...sign('8867-4', '72', '/min'), DATE: '2022-03-04T11:00:00Z' },
      ],
    });
    const [first, second, ...more] = writer.ofType('vital');
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      temperatureCelsius: 37,
      glucoseMmolPerL: 5,
      oxygenSaturationPercent: 97,
      heartRatePerMinute: 70,
    });
    expect(second).toMatchObject({ heartRatePerMinute: 72, measuredAt: '2022-03-04T11:00:00.000Z' });
    expect(fileSummary(summary, 'observations')).toMatchObject({ rows: 9, documents: 2, merged: 4, errors: 0 });
    expect(fileSummary(summary, 'observations').skipped.map(({ count }) => count)).toEqual([1, 1, 1]);
  });

  test.each([
    ['scheduled', '2024-01-01T00:00:00Z', undefined, []],
    ['missed', '2020-01-01T00:00:00Z', undefined, ['2023-06-01T00:00:00Z']],
    ['completed', '2020-01-01T00:00:00Z', undefined, ['2021-01-10T00:00:00Z']],
    ['cancelled', '2020-01-01T00:00:00Z', '2020-06-01', []],
  ] as const)('the visit a year after the last wellness visit is %s', async (status, wellness, DEATHDATE, others) => {
    const [patient] = BASE.patients;
    const visit = { PATIENT: 'p1', ORGANIZATION: 'o1', PROVIDER: 'd1', DESCRIPTION: 'Visit' };
    const { writer } = await importWith({
      patients: [{ ...patient, DEATHDATE: DEATHDATE ?? '' }],
      encounters: [
        { ...visit, Id: 'e0', START: '2015-01-01T00:00:00Z', ENCOUNTERCLASS: 'wellness' },
        { ...visit, Id: 'e1', START: wellness, ENCOUNTERCLASS: 'wellness' },
        ...others.map((START, i) => ({ ...visit, Id: `x${i}`, START, ENCOUNTERCLASS: 'ambulatory' })),
      ],
    });
    const year = Number(wellness.slice(0, 4)) + 1;
    expect(only(writer.ofType('appointment'))).toMatchObject({
      status,
      startsAt: `${year}-01-01T00:00:00.000Z`,
      clinicId: 'north-clinic',
      createdAt: new Date(wellness).toISOString(),
    });
  });

  test('organizations of one name have slugs of their own, whatever other rows there are', async () => {
    const slugsOf = async (rows: readonly { readonly Id: string; readonly NAME: string }[]) =>
      new Map(
        (await importWith({ organizations: rows })).writer.ofType('clinic').map(({ slug, name }) => [slug, name]),
      );
    const twins = [
      { Id: 'o1', NAME: 'Ünder Hill  (South)' },
      { Id: 'o2', NAME: 'UNDER HILL SOUTH' },
    ];
    const both = await slugsOf(twins);
    expect([...both.keys()].every((slug) => /^under-hill-south-[0-9a-z]{8}$/.test(String(slug)))).toBe(true);
    expect(new Set((await slugsOf([...twins].reverse())).keys())).toEqual(new Set(both.keys()));
    expect([...(await slugsOf([{ Id: 'o1', NAME: '24/7 Care' }])).keys()]).toEqual(['clinic-24-7-care']);
  });

  test('a patient without visits belongs to a clinic all the same', async () => {
    const { writer, summary } = await importWith({ encounters: [] });
    expect(only(writer.ofType('patient'))).toMatchObject({
      clinicIds: ['north-clinic'],
      createdAt: '1980-02-03T00:00:00.000Z',
    });
    expect(summary.errors).toEqual([]);
  });

  test('only patients and organizations are needed', async () => {
    const { organizations, patients } = BASE;
    const { summary, writer } = await withExport({ organizations, patients }, (folder) => importFolder(folder));
    expect([...writer.documents.values()].map(({ type }) => type)).toEqual(['clinic', 'patient']);
    expect(summary.files.filter(({ present }) => !present)).toHaveLength(FILE_NAMES.length - 2);
    expect(summary.types.map(({ type }) => type)).toEqual(DOCUMENT_TYPES);
  });
});
