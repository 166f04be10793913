import { describe, expect, it } from 'vitest';
import { abilityOf } from '../../sync-rules/ability.ts';
import { allowingRow } from '../../sync-rules/change.ts';
import { explain } from '../../sync-rules/explain.ts';
import { fillHiddenFields } from '../../sync-rules/hidden-fields.ts';
import { REFERENCE_DATABASE } from '../../sync-rules/role-database.ts';
import { admin, doctor, documentOf, nurse, patient, pharmacist, someoneElse } from './cases.ts';

describe('fillHiddenFields', () => {
  const stored = documentOf('prescription', doctor.userId, { formerClinicIds: ['west'] });
  const { notes, reason, formerClinicIds, ...seen } = stored;
  const asSeen = seen as typeof stored;

  it('takes what the writer can’t see from the parent', () => {
    const incoming = { ...asSeen, dispenseNotes: 'Generic' };
    expect(fillHiddenFields(pharmacist, incoming, stored)).toEqual({ ...incoming, notes, reason, formerClinicIds });
  });

  it('leaves out what the writer sees and left out', () => {
    const filled = fillHiddenFields(doctor, asSeen, stored);
    expect(filled).toEqual({ ...asSeen, formerClinicIds });
  });

  it('keeps what the writer sent, seen or not: that is judged', () => {
    expect(fillHiddenFields(pharmacist, { ...asSeen, notes: 'Mine' }, stored).notes).toBe('Mine');
  });

  it('adds nothing that the parent does not have, and nothing to a new document', () => {
    expect(fillHiddenFields(pharmacist, asSeen, asSeen)).toEqual(asSeen);
    expect(fillHiddenFields(pharmacist, asSeen, undefined)).toBe(asSeen);
  });

  it('fills in everything where the writer sees nothing of the parent', () => {
    const confidential = documentOf('record', nurse.userId, { confidential: true });
    const open = documentOf('record', nurse.userId, { confidential: false, diagnosis: undefined });
    expect(fillHiddenFields(nurse, open, confidential)).toEqual({ ...confidential, confidential: false });
  });

  it('changes neither of the two', () => {
    const before = structuredClone({ asSeen, stored });
    fillHiddenFields(pharmacist, asSeen, stored);
    expect({ asSeen, stored }).toEqual(before);
  });

  it('keeps a staff member’s private fields, which a device does not get, though their owner may read them', () => {
    const own = documentOf('staff', someoneElse, { userId: doctor.userId });
    const { licenceNumber, privatePhone, ...fromDevice } = own;
    const edit = { ...fromDevice, workPhone: '+1 555 9' } as typeof own;
    expect(fillHiddenFields(doctor, edit, own, REFERENCE_DATABASE)).toEqual({ ...own, workPhone: '+1 555 9' });
  });
});

describe('explain', () => {
  it('says which rule shows the document, and which fields', () => {
    const document = documentOf('prescription', someoneElse);
    const explanation = explain(pharmacist, document);
    expect(explanation).toMatchObject({
      readable: true,
      sentence: 'a pharmacist reads the prescriptions of the clinic, without notes and reason',
      hiddenFields: ['notes', 'reason'],
      row: { action: 'read', subject: 'prescription', conditions: { clinicIds: 'north' } },
    });
    expect([...explanation.fields, ...explanation.hiddenFields].sort()).toEqual(Object.keys(document).sort());
  });

  it('says why an administrator and a patient see it', () => {
    const record = documentOf('record', someoneElse, { formerClinicIds: ['west'] });
    expect(explain(admin, record)).toMatchObject({ sentence: 'an administrator may do everything', hiddenFields: [] });
    expect(explain(patient, record)).toMatchObject({
      sentence: 'a patient reads their own documents',
      hiddenFields: ['formerClinicIds'],
    });
  });

  it('says what a rule wants that does not match: a confidential record for a nurse, another clinic for anyone', () => {
    const confidential = explain(nurse, documentOf('record', someoneElse, { confidential: true }));
    expect(confidential).toMatchObject({ readable: false, fields: [] });
    expect(confidential.row).toBeUndefined();
    expect(confidential.sentence).toContain('not confidential');
    expect(confidential.sentence).toContain('"confidential":{"$ne":true}');
    const elsewhere = explain(doctor, documentOf('record', someoneElse, { clinicIds: ['south'] }));
    expect(elsewhere.sentence).toContain('"clinicIds":"north"');
    expect(elsewhere.hiddenFields).toContain('diagnosis');
  });

  it('says that a role has no rule at all for a type', () => {
    expect(explain(pharmacist, documentOf('record', someoneElse)).sentence).toBe(
      'a pharmacist has no rule for reading record documents',
    );
    expect(explain(nurse, documentOf('prescription', someoneElse)).readable).toBe(false);
  });
});

describe('allowingRow', () => {
  it('is there where the change is allowed only', () => {
    const before = documentOf('drug', someoneElse);
    const deletion = { action: 'delete', before, changed: [], facts: {} } as const;
    expect(allowingRow(abilityOf(nurse), deletion)).toBeUndefined();
    const change = { ...deletion, action: 'update', after: before } as const;
    expect(allowingRow(abilityOf(pharmacist), change)?.reason).toBe('a pharmacist maintains the drug catalogue');
  });
});
