import { describe, expect, it } from 'vitest';
import { DOCUMENT_TYPES, type DocumentType } from '../../shared-schemas/document-types.ts';
import { emptyDocument } from '../../shared-schemas/empty-document.ts';
import { clinicDocId, newDocumentId, newPatientId, parseId } from '../../shared-schemas/ids.ts';
import { validateDocument } from '../../shared-schemas/validate.ts';

const TIME = '2026-03-01T09:30:00.000Z';
const PATIENT = newPatientId();
const idOf = (type: DocumentType): string => (type === 'clinic' ? clinicDocId('north') : newDocumentId(type, PATIENT));

/** Every field of every type, filled in. */
const FULL: Readonly<Record<DocumentType, Readonly<Record<string, unknown>>>> = {
  patient: {
    firstName: 'Zoë',
    lastName: 'Ångström',
    sex: 'other',
    birthDate: '1980-02-29',
    deathDate: '2026-03-01',
    identityNumber: 'X-1',
    phoneNumber: '+44 (0)20 7946-0958 x12',
    email: 'zoe@example.org',
    address: '1 Main Street',
    emergencyContact: { name: 'Ada', relationship: 'mother', phoneNumber: '555 0100' },
    allergies: [
      {
        substance: 'Penicillin',
        code: '91936005',
        reaction: 'Rash',
        severity: 'mild',
        since: '2001-01-01',
        until: '2020-12-31',
      },
    ],
    conditions: [{ name: 'Asthma', code: '195967001', since: '2001-01-01', until: '2020-12-31' }],
    staffNotes: 'Prefers mornings',
  },
  record: {
    visitedAt: TIME,
    diagnosis: 'Acute bronchitis',
    diagnosisCode: '10509002',
    notes: 'Cough',
    confidential: true,
    appointmentId: idOf('appointment'),
    prescriptionId: idOf('prescription'),
    procedureId: idOf('procedure'),
    vaccineId: idOf('vaccine'),
    vitalId: idOf('vital'),
  },
  prescription: {
    patientName: 'Zoë Ångström',
    patientBirthDate: '1980-02-29',
    lines: [
      {
        drugId: idOf('drug'),
        drugName: 'Amoxicillin',
        drugCode: '723',
        dose: '500 mg',
        instructions: 'With water',
        quantity: 21,
        quantityUnit: 'tablets',
      },
    ],
    status: 'filled',
    notes: 'Allergy checked',
    reason: 'Bronchitis',
    filledBy: 'u1',
    filledAt: TIME,
    dispenseNotes: 'Generic',
    recordId: idOf('record'),
  },
  procedure: {
    name: 'Spirometry',
    code: '127783003',
    description: 'With bronchodilator',
    status: 'performed',
    scheduledFor: TIME,
    performedBy: 'u1',
    performedAt: TIME,
    performNotes: 'Without incident',
    recordId: idOf('record'),
  },
  vaccine: {
    name: 'Influenza',
    code: '140',
    administeredAt: TIME,
    doseNumber: 1,
    lotNumber: 'A-7',
    site: 'left arm',
    nextDueOn: '2027-03-01',
    notes: 'None',
    recordId: idOf('record'),
  },
  vital: {
    measuredAt: TIME,
    temperatureCelsius: 36.8,
    heartRatePerMinute: 72,
    respiratoryRatePerMinute: 14,
    systolicMmHg: 120,
    diastolicMmHg: 80,
    oxygenSaturationPercent: 98,
    heightCm: 170,
    weightKg: 65.5,
    headCircumferenceCm: 56,
    glucoseMmolPerL: 5.1,
    painScore: 0,
    notes: 'Sitting',
    recordId: idOf('record'),
  },
  appointment: {
    startsAt: TIME,
    durationMinutes: 30,
    clinicId: 'north',
    staffUserId: 'u1',
    reason: 'Check-up',
    status: 'scheduled',
    notes: 'None',
  },
  drug: { name: 'Amoxicillin', code: '723', form: 'tablet', strength: '500 mg', active: true, notes: 'None' },
  clinic: { slug: 'north', name: 'North', address: '1 Main Street', phoneNumber: '555 0100' },
  staff: {
    userId: 'u1',
    name: 'Dr. Example',
    role: 'doctor',
    speciality: 'Pulmonology',
    workPhone: '555 0101',
    clinicIds: ['north', 'south'],
    privatePhone: '555 0102',
    privateEmail: 'doctor@example.org',
    identityNumber: 'X-2',
    licenceNumber: 'L-1',
  },
};

function document(type: DocumentType, more: Record<string, unknown> = {}): Record<string, unknown> {
  const patientId = parseId(idOf(type))?.patientId;
  return {
    _id: idOf(type),
    type,
    schemaVersion: 1,
    createdAt: TIME,
    createdBy: 'u1',
    updatedAt: TIME,
    updatedBy: 'u1',
    deviceId: 'd1',
    ...(patientId !== undefined && { patientId, clinicIds: ['north'], formerClinicIds: ['south'] }),
    ...FULL[type],
    ...more,
  };
}

const faults = (type: DocumentType, more: Record<string, unknown>) => validateDocument(type, document(type, more));
const paths = (type: DocumentType, more: Record<string, unknown>) => faults(type, more).map(({ path }) => path);

describe.each([...DOCUMENT_TYPES])('a %s', (type) => {
  it('is valid with every field that the type has', () => {
    expect(faults(type, {})).toEqual([]);
  });

  it('is valid as an empty document, which keeps its id', () => {
    const id = idOf(type);
    const empty = emptyDocument(type, id);
    expect(validateDocument(type, empty)).toEqual([]);
    expect(empty).toMatchObject({ _id: id, type });
    expect(empty.patientId).toBe(parseId(id)?.patientId);
  });

  it('has no field that is not of its type', () => {
    expect(faults(type, { favouriteColour: 'blue' })).toEqual([
      { path: '/favouriteColour', rule: 'additionalProperties', message: 'is not a field of this type' },
    ]);
  });

  it('has every field that is required', () => {
    for (const field of Object.keys(emptyDocument(type, idOf(type)))) {
      const { [field]: _, ...rest } = document(type);
      expect(validateDocument(type, rest), field).toContainEqual({
        path: `/${field}`,
        rule: 'required',
        message: 'is required',
      });
    }
  });

  it('has times in UTC', () => {
    const wrong = [
      '2026-03-01T09:30:00+01:00',
      '2026-03-01T09:30:00',
      '2026-03-01',
      '2026-02-30T09:30:00Z',
      'now',
      '',
      5,
    ];
    for (const value of wrong) expect(paths(type, { createdAt: value }), String(value)).toContain('/createdAt');
    for (const value of ['2026-03-01T09:30:00Z', '2026-03-01T09:30:00.123Z'])
      expect(paths(type, { updatedAt: value }), value).toEqual([]);
  });

  it('has an id, a type and a version of its own', () => {
    const other = type === 'drug' ? 'staff' : 'drug';
    expect(paths(type, { _id: newDocumentId(other) })).toEqual(['/_id']);
    expect(paths(type, { type: other })).toEqual(['/type']);
    expect(paths(type, { schemaVersion: 2 })).toEqual(['/schemaVersion']);
  });

  it('has no room for keys that are not data', () => {
    for (const key of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      const hostile = JSON.parse(`{"${key}":{"isAdmin":true}}`) as Record<string, unknown>;
      const body = Object.defineProperties(document(type), Object.getOwnPropertyDescriptors(hostile));
      expect(Object.hasOwn(body, key)).toBe(true);
      expect(
        validateDocument(type, body).map(({ rule }) => rule),
        key,
      ).toEqual(['additionalProperties']);
    }
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  });

  it('is an object', () => {
    for (const value of [null, undefined, [], 'text', 7]) expect(validateDocument(type, value)).not.toEqual([]);
  });
});

describe('a value out of bounds', () => {
  it('names the field, the rule and what it should be', () => {
    expect(faults('vital', { temperatureCelsius: -40 })).toEqual([
      {
        path: '/temperatureCelsius',
        rule: 'minimum',
        message: 'must be >= 20 (Body temperature, degrees Celsius)',
      },
    ]);
    expect(faults('vital', { heartRatePerMinute: 9999 })).toEqual([
      { path: '/heartRatePerMinute', rule: 'maximum', message: 'must be <= 350 (Heart rate, beats per minute)' },
    ]);
  });

  const measures: readonly (readonly [string, number, number])[] = [
    ['temperatureCelsius', 20, 45],
    ['heartRatePerMinute', 10, 350],
    ['respiratoryRatePerMinute', 2, 150],
    ['systolicMmHg', 30, 320],
    ['diastolicMmHg', 10, 220],
    ['oxygenSaturationPercent', 20, 100],
    ['heightCm', 15, 275],
    ['weightKg', 0.2, 700],
    ['headCircumferenceCm', 10, 80],
    ['glucoseMmolPerL', 0.3, 120],
    ['painScore', 0, 10],
  ];
  it.each(measures)('%s from %d to %d', (field, least, most) => {
    for (const value of [least, most]) expect(paths('vital', { [field]: value })).toEqual([]);
    for (const value of [least - 1, most + 1, -40, 9_999, Number.NaN, Number.POSITIVE_INFINITY, '50', null])
      expect(paths('vital', { [field]: value }), String(value)).toEqual([`/${field}`]);
  });

  it('is told of along with all others', () => {
    expect(paths('vital', { temperatureCelsius: -40, heartRatePerMinute: 9999, measuredAt: 'now' }).sort()).toEqual(
      expect.arrayContaining(['/heartRatePerMinute', '/measuredAt', '/temperatureCelsius']),
    );
  });

  it('is told with the values that are allowed', () => {
    expect(faults('prescription', { status: 'lost' })).toEqual([
      { path: '/status', rule: 'enum', message: 'must be one of pending, filled, cancelled' },
    ]);
  });
});

describe('particular fields', () => {
  it('days are days of the calendar', () => {
    for (const birthDate of ['2026-02-30', '2025-02-29', '1980-13-01', '17.05.1980', '1980-05-17T00:00:00Z', ''])
      expect(paths('patient', { birthDate }), birthDate).toContain('/birthDate');
    expect(paths('patient', { birthDate: '2024-02-29' })).toEqual([]);
  });

  it('clinics are slugs, at least one, each once', () => {
    for (const clinicIds of [[], ['north', 'north'], ['North'], ['a/b'], ['x'.repeat(41)], 'north', [null]])
      expect(paths('record', { clinicIds })[0], String(clinicIds)).toMatch(/^\/clinicIds/);
  });

  it('nested documents are as strict as those around them', () => {
    expect(paths('patient', { allergies: [{ reaction: 'Rash' }] })).toEqual(['/allergies/0/substance']);
    expect(paths('patient', { allergies: [{ substance: 'Nuts', colour: 'red' }] })).toEqual(['/allergies/0/colour']);
    expect(paths('patient', { emergencyContact: { age: 4 } })).toEqual(['/emergencyContact/age']);
    expect(paths('prescription', { lines: [] })).toEqual(['/lines']);
    expect(paths('prescription', { lines: [{ drugName: '' }] })).toEqual(['/lines/0/drugName']);
  });

  it('telephone numbers and addresses look like it', () => {
    expect(paths('patient', { phoneNumber: 'call me' })).toEqual(['/phoneNumber']);
    expect(paths('patient', { email: 'not an address' })).toEqual(['/email']);
  });

  it('texts have an end', () => {
    expect(paths('record', { notes: 'x'.repeat(20_000) })).toEqual([]);
    expect(paths('record', { notes: 'x'.repeat(20_001) })).toEqual(['/notes']);
  });
});

describe('validateDocument', () => {
  it('stops at a number of faults, and says how many more there are', () => {
    const unknown = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`field${n}`, n]));
    const faults = validateDocument('vital', { ...document('vital'), ...unknown });
    expect(faults).toHaveLength(51);
    expect(faults.at(-1)).toEqual({ path: '', rule: 'more', message: 'has 250 more faults' });
  });

  it('tells the first fault of what has more values than any document, in no time', () => {
    const lines = Array.from({ length: 200_000 }, () => ({}));
    const start = performance.now();
    expect(validateDocument('prescription', { ...document('prescription'), lines })).toHaveLength(1);
    const key = 'x'.repeat(500_000);
    expect(validateDocument('vital', { ...document('vital'), [key]: 1 })[0]?.path).toHaveLength(200);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('changes nothing in the document: no defaults, no coercion', () => {
    const body = document('vital', { heartRatePerMinute: '72' });
    const before = structuredClone(body);
    expect(validateDocument('vital', body).map(({ rule }) => rule)).toEqual(['type']);
    expect(body).toEqual(before);
  });

  it('answers at most 50 faults, and that there are more', () => {
    const unknown = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`field${i}`, 1]));
    expect(faults('drug', unknown)).toHaveLength(51);
  });
});
