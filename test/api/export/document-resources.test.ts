/** What the small record has no example of: the other types, states and oddities, one at a time. */
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { toFhirBundle } from '../../../server/api/export/fhir/bundle.ts';
import type { Exported, PatientExport } from '../../../server/api/export/patient-export.ts';
import type { DocumentOf } from '../../../shared-schemas/document-types.ts';
import { newDocumentId, newPatientId } from '../../../shared-schemas/ids.ts';
import { faultsOf } from './fhir-validator.ts';
import { missingValues } from './missing-values.ts';
import { DOCTOR, PATIENT_ID, prescription, smallRecord, visit } from './small-record.ts';

const TIME = '2026-03-01T09:30:00.000Z';
const LATER = '2026-03-08T10:00:00.000Z';

const documentOf = <T extends keyof DocumentOf>(type: T, fields: Partial<DocumentOf[T]> & Record<string, unknown>) =>
  ({
    _id: newDocumentId(type, PATIENT_ID),
    type,
    schemaVersion: 1,
    createdAt: TIME,
    createdBy: DOCTOR,
    updatedAt: TIME,
    updatedBy: DOCTOR,
    patientId: PATIENT_ID,
    clinicIds: ['north'],
    ...fields,
  }) as unknown as Exported;

/** The bundle of the small record's patient with these documents alone; it is valid and says all of them. */
function bundleOf(documents: readonly Exported[], patient: Partial<PatientExport['patient']> = {}): Bundle {
  const source: PatientExport = { ...smallRecord, patient: { ...smallRecord.patient, ...patient }, documents };
  const bundle = toFhirBundle(source);
  expect(faultsOf(bundle)).toEqual([]);
  expect(missingValues(source, bundle)).toEqual([]);
  return bundle;
}

function resourcesOf<T extends FhirResource['resourceType']>(bundle: Bundle, type: T) {
  const all = (bundle.entry ?? []).map(({ resource }) => resource as FhirResource);
  return all.filter((resource) => resource.resourceType === type) as Extract<FhirResource, { resourceType: T }>[];
}
const become = <T extends FhirResource['resourceType']>(document: Exported, type: T) =>
  resourcesOf(bundleOf([document]), type);

describe('a procedure', () => {
  const order = { name: 'Spirometry', code: '127783003', description: 'With bronchodilator', scheduledFor: LATER };

  it('that is planned is an order', () => {
    const bundle = bundleOf([documentOf('procedure', { ...order, status: 'planned' })]);
    expect(resourcesOf(bundle, 'Procedure')).toEqual([]);
    expect(resourcesOf(bundle, 'ServiceRequest')).toMatchObject([
      {
        status: 'active',
        intent: 'order',
        code: { coding: [{ system: 'http://snomed.info/sct', code: '127783003' }], text: 'Spirometry' },
        occurrenceDateTime: LATER,
        authoredOn: TIME,
        requester: { display: 'Dr. Dora' },
        note: [{ text: 'With bronchodilator' }],
      },
    ]);
  });

  it.each([
    ['performed', 'completed', 'completed'],
    ['cancelled', 'revoked', 'not-done'],
  ] as const)('that was %s is an order and what became of it', (status, ordered, done) => {
    const what = { performedBy: DOCTOR, performedAt: LATER, performNotes: 'Without incident' };
    const bundle = bundleOf([documentOf('procedure', { ...order, ...what, status })]);
    const [request] = resourcesOf(bundle, 'ServiceRequest');
    expect(request?.status).toBe(ordered);
    expect(resourcesOf(bundle, 'Procedure')).toMatchObject([
      {
        status: done,
        basedOn: [{ reference: bundle.entry?.find(({ resource }) => resource === request)?.fullUrl }],
        performedDateTime: LATER,
        performer: [{ actor: { display: 'Dr. Dora' } }],
        note: [{ text: 'Without incident' }],
      },
    ]);
  });

  it('that was set back to planned keeps who performed it', () => {
    const [request] = become(
      documentOf('procedure', { ...order, status: 'planned', performedAt: LATER }),
      'ServiceRequest',
    );
    expect(request?.extension).toEqual([{ url: 'urn:vitasync:performed-at', valueDateTime: LATER }]);
  });
});

describe('a prescription', () => {
  const prescribed = (fields: Partial<DocumentOf['prescription']>) =>
    documentOf('prescription', {
      patientName: 'Ada Example',
      patientBirthDate: '1980-05-17',
      lines: [{ drugName: 'Aspirin', drugCode: '1191' }, { drugName: 'Local mixture' }],
      ...fields,
    });

  it.each([
    ['pending', 'active'],
    ['cancelled', 'cancelled'],
  ] as const)('that is %s is %s, and nothing was dispensed', (status, expected) => {
    const bundle = bundleOf([prescribed({ status })]);
    const requests = resourcesOf(bundle, 'MedicationRequest');
    expect(requests.map((request) => request.status)).toEqual([expected, expected]);
    expect(new Set(requests.map(({ groupIdentifier }) => groupIdentifier?.value)).size).toBe(1);
    expect(resourcesOf(bundle, 'MedicationDispense')).toEqual([]);
  });

  it('that was un-filled keeps the notes of the pharmacist', () => {
    const [request] = become(prescribed({ status: 'pending', dispenseNotes: 'Taken back' }), 'MedicationRequest');
    expect(request?.extension).toEqual([{ url: 'urn:vitasync:dispense-notes', valueString: 'Taken back' }]);
  });

  it('keeps the day of birth that it was written with, where that was another', () => {
    const [request] = become(prescribed({ status: 'pending', patientBirthDate: '1980-05-18' }), 'MedicationRequest');
    expect(request?.extension).toEqual([{ url: 'urn:vitasync:patient-birth-date', valueDate: '1980-05-18' }]);
  });
});

it('a vaccination is an immunization, and a recommendation of the next dose', () => {
  const bundle = bundleOf([
    documentOf('vaccine', {
      name: 'Influenza',
      code: '140',
      administeredAt: TIME,
      doseNumber: 2,
      lotNumber: 'A-7',
      site: 'left arm',
      nextDueOn: '2027-03-01',
      notes: 'None',
    }),
  ]);
  expect(resourcesOf(bundle, 'Immunization')).toMatchObject([
    {
      status: 'completed',
      vaccineCode: { coding: [{ system: 'http://hl7.org/fhir/sid/cvx', code: '140' }], text: 'Influenza' },
      occurrenceDateTime: TIME,
      lotNumber: 'A-7',
      site: { text: 'left arm' },
      protocolApplied: [{ doseNumberPositiveInt: 2 }],
      note: [{ text: 'None' }],
    },
  ]);
  expect(resourcesOf(bundle, 'ImmunizationRecommendation')).toMatchObject([
    {
      date: TIME,
      recommendation: [
        {
          forecastStatus: { coding: [{ code: 'due' }] },
          dateCriterion: [{ code: { coding: [{ code: '30980-7' }] }, value: '2027-03-01' }],
        },
      ],
    },
  ]);
});

describe('an appointment', () => {
  const appointment = (fields: Partial<DocumentOf['appointment']>) =>
    documentOf('appointment', { startsAt: LATER, status: 'scheduled', ...fields });

  it.each([
    ['scheduled', 'booked'],
    ['completed', 'fulfilled'],
    ['cancelled', 'cancelled'],
    ['missed', 'noshow'],
  ] as const)('that is %s is %s', (status, expected) => {
    expect(become(appointment({ status }), 'Appointment')[0]?.status).toBe(expected);
  });

  it('is of a patient, with someone, somewhere, for some time', () => {
    const details = { durationMinutes: 45, clinicId: 'north', staffUserId: DOCTOR, reason: 'Check-up', notes: 'None' };
    expect(become(appointment(details), 'Appointment')).toMatchObject([
      {
        start: LATER,
        end: '2026-03-08T10:45:00.000Z',
        minutesDuration: 45,
        reasonCode: [{ text: 'Check-up' }],
        comment: 'None',
        participant: [
          { actor: { reference: expect.any(String) }, status: 'accepted' },
          { actor: { display: 'Dr. Dora' }, status: 'accepted' },
          { actor: { display: 'Clinic North' }, status: 'accepted' },
        ],
      },
    ]);
  });

  it.each([
    ['its length is not known', {}],
    ["the end is past FHIR's last year", { startsAt: '9999-12-31T23:59:00.000Z', durationMinutes: 10 }],
  ])('has an unknown end where %s', (_, fields) => {
    const [unknown] = become(appointment(fields), 'Appointment');
    expect(unknown?.end).toBeUndefined();
    expect(unknown?._end?.extension?.[0]?.valueCode).toBe('unknown');
  });

  it('may begin in a leap second, and in any form that the schema allows', () => {
    const [leap] = become(appointment({ startsAt: '2016-12-31 23:59:60Z', durationMinutes: 1 }), 'Appointment');
    expect(leap).toMatchObject({ start: '2016-12-31T23:59:60Z', end: '2017-01-01T00:00:59.000Z' });
  });
});

describe('vital signs', () => {
  it.each([
    ['temperatureCelsius', ['8310-5'], 'Cel', ['vital-signs']],
    ['heartRatePerMinute', ['8867-4'], '/min', ['vital-signs']],
    ['respiratoryRatePerMinute', ['9279-1'], '/min', ['vital-signs']],
    ['oxygenSaturationPercent', ['2708-6', '59408-5'], '%', ['vital-signs']],
    ['heightCm', ['8302-2'], 'cm', ['vital-signs']],
    ['weightKg', ['29463-7'], 'kg', ['vital-signs']],
    ['headCircumferenceCm', ['9843-4'], 'cm', ['vital-signs']],
    ['glucoseMmolPerL', ['15074-8'], 'mmol/L', ['vital-signs', 'laboratory']],
    ['painScore', ['72514-3'], '{score}', ['vital-signs', 'survey']],
  ] as const)('%s', (field, codes, unit, categories) => {
    const [panel, sign, ...more] = become(documentOf('vital', { measuredAt: TIME, [field]: 40 }), 'Observation');
    expect(more).toEqual([]);
    expect(panel?.hasMember).toHaveLength(1);
    expect(sign?.code.coding?.map(({ code }) => code)).toEqual(codes);
    expect(sign?.valueQuantity).toEqual({ value: 40, unit, system: 'http://unitsofmeasure.org', code: unit });
    expect(sign?.category?.flatMap(({ coding }) => coding?.[0]?.code)).toEqual(categories);
  });

  it('mark the blood pressure that was not taken as absent', () => {
    const [, pressure] = become(documentOf('vital', { measuredAt: TIME, systolicMmHg: 120 }), 'Observation');
    expect(pressure?.component?.[0]?.valueQuantity?.value).toBe(120);
    expect(pressure?.component?.[1]).toMatchObject({ dataAbsentReason: { coding: [{ code: 'unknown' }] } });
  });

  it('that were not taken at all leave a panel that says so', () => {
    const panels = become(documentOf('vital', { measuredAt: TIME, notes: 'Refused' }), 'Observation');
    expect(panels).toMatchObject([
      { note: [{ text: 'Refused' }], dataAbsentReason: { coding: [{ code: 'unknown' }] } },
    ]);
  });
});

describe('links', () => {
  it('name a visit that the reader does not see by its id', () => {
    const hidden = newDocumentId('record', PATIENT_ID);
    const [panel] = become(documentOf('vital', { measuredAt: TIME, recordId: hidden }), 'Observation');
    expect(panel?.encounter).toEqual({
      type: 'Encounter',
      identifier: { system: 'urn:vitasync:id', value: hidden },
    });
  });

  it('of a second visit to one prescription are kept beside the first', () => {
    const second = { ...visit, _id: newDocumentId('record', PATIENT_ID), prescriptionId: prescription._id };
    const encounters = resourcesOf(bundleOf([visit, second, prescription]), 'Encounter');
    const links = encounters.map(({ extension = [] }) => extension.map(({ url }) => url));
    expect(links).toEqual([['urn:vitasync:vaccine'], ['urn:vitasync:prescription', 'urn:vitasync:vaccine']]);
  });
});

describe('oddities', () => {
  it('an emergency contact without a name or a number is still one', () => {
    const [patient] = resourcesOf(bundleOf([], { emergencyContact: { relationship: 'mother' } }), 'Patient');
    expect(patient?.contact?.[0]?.name?.extension?.[0]?.valueCode).toBe('unknown');
  });

  it('an allergy that held until some day is inactive; one of unknown severity says so', () => {
    const allergies = [{ substance: 'Latex', severity: 'unknown', until: '2020-12-31' }] as const;
    const [allergy] = resourcesOf(bundleOf([], { allergies: [...allergies] }), 'AllergyIntolerance');
    expect(allergy?.clinicalStatus?.coding?.[0]?.code).toBe('inactive');
    expect(allergy?.extension).toEqual([{ url: 'urn:vitasync:until', valueDate: '2020-12-31' }]);
    expect(allergy?.reaction?.[0]?._severity?.extension?.[0]?.valueCode).toBe('unknown');
  });

  it("text that FHIR can't hold becomes spaces, and a blank one the sign of a space", () => {
    const [patient] = resourcesOf(
      bundleOf([], { firstName: 'A\u0000d\u00a0a', lastName: ' ', address: '' }),
      'Patient',
    );
    expect(patient?.name?.[0]).toMatchObject({ given: ['A d a'], family: '␣' });
    expect(patient).not.toHaveProperty('address');
  });

  it('a revision that is no id of FHIR is replaced by its hash', () => {
    const versions = ['4-odd_name', '4-odd_name', '4-other_name'].map(
      (_rev) => resourcesOf(bundleOf([], { _rev } as object), 'Patient')[0]?.meta?.versionId,
    );
    expect(versions[0]).toMatch(/^4-[0-9a-f]{32}$/);
    expect(versions[1]).toBe(versions[0]);
    expect(versions[2]).not.toBe(versions[0]);
  });
});

describe('an export is refused', () => {
  const refusal = (documents: readonly Exported[]) => () => toFhirBundle({ ...smallRecord, documents });

  it('with a document of another patient', () => {
    const patientId = newPatientId();
    const stray = documentOf('vital', { _id: newDocumentId('vital', patientId), patientId, measuredAt: TIME });
    expect(refusal([stray])).toThrow(/is not a document of the patient/);
  });

  it('with documents of no patient, or the patient a second time', () => {
    expect(refusal(smallRecord.clinics)).toThrow(RangeError);
    expect(refusal([smallRecord.patient])).toThrow(RangeError);
  });
});
