/** What the rules say in words, and which fields may be changed, held against what the evaluator does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOCUMENT_TYPES, fieldsOf } from '../../shared-schemas/document-types.ts';
import { abilityOf } from '../../sync-rules/ability.ts';
import { accessRows } from '../../sync-rules/access-table.ts';
import { authorizeWrite, changedFields } from '../../sync-rules/authorize-write.ts';
import { allowingRow } from '../../sync-rules/change.ts';
import { conditionWords } from '../../sync-rules/condition-words.ts';
import type { RuleDocument } from '../../sync-rules/document.ts';
import { factsOf } from '../../sync-rules/facts.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import { readingSentence } from '../../sync-rules/reading-sentence.ts';
import { syncRules } from '../../sync-rules/sync-rules.ts';
import { writableFields } from '../../sync-rules/writable-fields.ts';
import { PROPERTY_SEED, runs, say } from '../property/seed.ts';
import {
  admin,
  CREATED,
  doctor,
  documentOf,
  HOUR,
  iso,
  NOW,
  nurse,
  PEOPLE,
  patient,
  pharmacist,
  someoneElse,
} from './cases.ts';

describe('a sentence about reading', () => {
  it.each([
    [
      doctor,
      documentOf('record', someoneElse),
      'A doctor of north reads this record whole: a doctor reads the record documents of the clinic.',
    ],
    [
      pharmacist,
      documentOf('prescription', someoneElse, { formerClinicIds: ['west'] }),
      'A pharmacist of north reads this prescription without notes and reason: a pharmacist reads the prescriptions of the clinic, without notes and reason.',
    ],
    [
      nurse,
      documentOf('record', someoneElse, { confidential: true }),
      'A nurse of north does not see this record: a nurse reads the records of the clinic that are not confidential, and its confidential is true.',
    ],
    [
      doctor,
      documentOf('vital', someoneElse, { clinicIds: ['south', 'west'] }),
      'A doctor of north does not see this vital: a doctor reads the vital documents of the clinic, and it is of south, west.',
    ],
    [
      pharmacist,
      documentOf('record', someoneElse),
      'A pharmacist of north does not see this record: the access table has no line that lets a pharmacist read record documents.',
    ],
    [
      patient,
      documentOf('patient', someoneElse),
      `The patient ${patient.patientId} reads this patient without staffNotes: a patient reads their own documents.`,
    ],
    [
      admin,
      documentOf('staff', someoneElse),
      'An administrator reads this staff entry whole: an administrator may do everything.',
    ],
  ] as [Principal, RuleDocument, string][])('names who, what and why: %#', (principal, document, sentence) => {
    expect(readingSentence(principal, document)).toBe(sentence);
  });
});

describe('a condition in words', () => {
  it('can be said of every row of the table', () => {
    for (const principal of Object.values(PEOPLE))
      for (const row of accessRows(principal))
        for (const conditions of row.action === 'read' ? [row.conditions] : [row.before, row.after]) {
          const words = conditionWords(conditions);
          expect(words).toHaveLength(Object.keys(conditions ?? {}).length);
          expect(words.join()).not.toMatch(/object|undefined/);
        }
  });

  it('says what is wanted', () => {
    expect(
      conditionWords({ clinicIds: 'north', confidential: { $ne: true }, within24h: true, createdBy: 'u1' }),
    ).toEqual([...['of north', 'confidential is not true', 'within 24 hours of its creation', 'written by u1']]);
    expect(conditionWords({ status: { $in: ['pending', 'filled'] }, upcoming: true })).toEqual([
      ...['status is pending or filled', 'before it begins'],
    ]);
  });
});

const namesOf = (fields: readonly { readonly field: string }[]) => fields.map(({ field }) => field);

describe('writable fields', () => {
  const fields = (principal: Principal, document: RuleDocument, timeMs = NOW) =>
    namesOf(writableFields(principal, document, iso(timeMs)));

  it('are those of the line that holds now', () => {
    expect(fields(patient, documentOf('patient', someoneElse)).sort()).toEqual(
      ['address', 'email', 'emergencyContact', 'phoneNumber'].sort(),
    );
    expect(fields(nurse, documentOf('record', nurse.userId))).toContain('notes');
    expect(fields(nurse, documentOf('record', nurse.userId), CREATED + 25 * HOUR)).toEqual([]);
    expect(fields(nurse, documentOf('record', someoneElse))).toEqual([]);
    expect(fields(doctor, documentOf('patient', someoneElse))).toContain('clinicIds');
    expect(fields(doctor, documentOf('record', doctor.userId))).not.toContain('clinicIds');
  });

  it('say what the document must be afterwards, where the line wants it to be something else', () => {
    const [status] = writableFields(nurse, documentOf('procedure', someoneElse), iso(NOW));
    expect(status).toMatchObject({
      ...{ row: { reason: 'a nurse performs a planned procedure' } },
      afterwards: { status: 'performed', performedBy: nurse.userId },
    });
    const correcting = writableFields(doctor, documentOf('procedure', doctor.userId), iso(NOW));
    expect(correcting.find(({ field }) => field === 'name')).not.toHaveProperty('afterwards');
  });
});

/** Any person, and any document of theirs or of someone else's, here or elsewhere, early or late. */
const situation = fc.record({
  principal: fc.constantFrom(...Object.values(PEOPLE)),
  type: fc.constantFrom(...DOCUMENT_TYPES),
  own: fc.boolean(),
  clinicIds: fc.constantFrom(['north'], ['south'], ['north', 'south'], []),
  status: fc.constantFrom('pending', 'filled', 'planned', 'performed', 'scheduled'),
  confidential: fc.boolean(),
  late: fc.boolean(),
});

const { stringify } = JSON;

describe('what is said of fields', () => {
  it('is what the evaluator does: a field that may be changed is not refused, and any other is', () => {
    say('fields against the evaluator');
    let compared = 0;
    const property = fc.property(situation, ({ principal, type, own, late, ...more }) => {
      const reference = ['drug', 'clinic', 'staff'].includes(type);
      const { clinicIds, status, confidential } = more;
      const stored = documentOf(type, own ? principal.userId : someoneElse, {
        ...(!reference && { clinicIds }),
        ...(['prescription', 'procedure', 'appointment'].includes(type) && { status }),
        ...(type === 'record' && { confidential }),
        ...(type === 'staff' && own && { userId: principal.userId }),
      });
      const nowMs = late ? CREATED + 25 * HOUR : NOW;
      const byField = new Map(writableFields(principal, stored, iso(nowMs)).map((one) => [one.field, one]));
      for (const field of fieldsOf(type)) {
        if (['updatedAt', 'updatedBy', 'deviceId', 'schemaVersion', 'status', 'clinicIds'].includes(field)) continue;
        const line = byField.get(field);
        const body = {
          ...stored,
          ...line?.afterwards,
          [field]: 'another value',
          updatedAt: iso(nowMs),
          updatedBy: principal.userId,
        };
        const decision = authorizeWrite({
          principal,
          stored: { body: stored, deleted: false },
          incoming: { body, deleted: false },
          nowMs,
        });
        const { code } = decision.allowed ? { code: 'allowed' } : decision;
        // Who did something, when, and which document is meant is judged beside the table.
        if (/^(filled|performed)(By|At)$|Id$/.test(field)) continue;
        const says = `${principal.role} ${field} of ${stringify(stored)} at ${iso(nowMs)}: ${code}`;
        if (!line) expect(code, says).not.toBe('allowed');
        else if (!line.afterwards) {
          expect(['allowed', 'wrong_state'], says).toContain(code);
          const facts = factsOf(stored, iso(nowMs));
          const change = { action: 'update', before: stored, after: body, facts } as const;
          const changed = changedFields(stored, body);
          expect(allowingRow(abilityOf(principal), { ...change, changed })?.reason, says).toBe(line.row.reason);
          if (decision.allowed) expect(decision.row, says).toBe(line.row);
          compared++;
        }
      }
    });
    fc.assert(property, { seed: PROPERTY_SEED, numRuns: runs(300) });
    expect(compared).toBeGreaterThan(300);
  });

  it('is what is read: the sentence says of every document what the evaluator answers', () => {
    const property = fc.property(situation, ({ principal, type, own, clinicIds }) => {
      const reference = ['drug', 'clinic', 'staff'].includes(type);
      const document = documentOf(type, own ? principal.userId : someoneElse, reference ? {} : { clinicIds });
      const copy = syncRules.readableCopy(principal, document);
      const missing = Object.keys(document).filter((field) => copy && !(field in copy));
      const sentence = readingSentence(principal, document);
      expect(sentence.includes('does not see')).toBe(copy === undefined);
      expect(sentence.includes('whole')).toBe(copy !== undefined && missing.length === 0);
      for (const field of missing) expect(sentence).toContain(field);
    });
    fc.assert(property, { seed: PROPERTY_SEED, numRuns: runs(300) });
  });
});
