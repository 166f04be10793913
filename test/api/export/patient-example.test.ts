/** One small record, and every resource that it becomes, in full. */
import type { Coding, FhirResource, Meta, Reference } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { toFhirBundle } from '../../../server/api/export/fhir/bundle.ts';
import { faultsOf } from './fhir-validator.ts';
import { missingValues } from './missing-values.ts';
import { PATIENT_ID, PRESCRIPTION_ID, RECORD_ID, STAFF_ID, smallRecord, VITAL_ID } from './small-record.ts';

const bundle = toFhirBundle(smallRecord);
const VISITED = '2026-03-01T09:30:00.000Z';
const ULID = '01h2xcejqtf2nbrexx3vqjhp4';
const ENCOUNTER = `${PATIENT_ID}.rc.${ULID}2`;
const VITAL = `${PATIENT_ID}.vt.${ULID}3`;
const REQUEST = `${PATIENT_ID}.rx.${ULID}4.0`;
const ALLERGY = `${PATIENT_ID}.allergy.b255c373d37b`;
const CONDITION = `${PATIENT_ID}.condition.1c3b68f9a927`;
const ROLE = `staff.${ULID}5.e18f9743eb0e`;

const coding = (name: string, code: string, display: string): Coding => ({
  system: `http://terminology.hl7.org/CodeSystem/${name}`,
  code,
  display,
});
const concept = (name: string, code: string, display: string) => ({ coding: [coding(name, code, display)] });
const identifier = (value: string) => ({ system: 'urn:vitasync:id', value });
const RESTRICTED = coding('v3-Confidentiality', 'R', 'restricted');
const NOT_FOR_PATIENTS = coding(
  'v3-ActCode',
  'NOPAT',
  "no disclosure to patient, family or caregivers without attending provider's authorization",
);

/** The address under which the bundle has the resource. */
function to(name: string, display?: string): Reference {
  const entry = bundle.entry?.find(({ resource }) => `${resource?.resourceType}/${resource?.id}` === name);
  return { reference: entry?.fullUrl ?? `no ${name}`, ...(display !== undefined && { display }) };
}
const patient = to(`Patient/${PATIENT_ID}`);
const doctor = to(`Practitioner/staff.${ULID}5`, 'Dr. Dora');
const visit = to(`Encounter/${ENCOUNTER}`);

function expectResource(type: FhirResource['resourceType'], id: string) {
  const found = bundle.entry?.find(({ resource }) => resource?.resourceType === type && resource.id === id)?.resource;
  const { resourceType: _, id: __, ...content } = found ?? {};
  return expect(content);
}

const provenance = (
  meta: Meta,
  activity: [string, string],
  recorded: string,
  who: Reference,
  targets: Reference[],
) => ({
  meta,
  target: targets,
  recorded,
  activity: concept('v3-DataOperation', ...activity),
  agent: [{ type: concept('provenance-participant-type', 'author', 'Author'), who }],
});

it('becomes a collection that needs the care of the most sensitive resource in it', () => {
  const { entry, ...rest } = bundle;
  expect(rest).toEqual({
    resourceType: 'Bundle',
    meta: { security: [NOT_FOR_PATIENTS, RESTRICTED] },
    type: 'collection',
    timestamp: '2026-03-02T12:00:00.000Z',
  });
  expect(entry?.[0]?.fullUrl).toBe('urn:uuid:3ef84272-30c9-5d62-bd25-ffe7882767c4');
  expect(entry?.map(({ resource }) => `${resource?.resourceType}/${resource?.id}`)).toEqual([
    `Patient/${PATIENT_ID}`,
    `AllergyIntolerance/${ALLERGY}`,
    `Condition/${CONDITION}`,
    `ClinicalImpression/${PATIENT_ID}.note`,
    `Provenance/${PATIENT_ID}.new`,
    `Provenance/${PATIENT_ID}.edit`,
    'Organization/clinic.north',
    'Location/clinic.north',
    `Practitioner/staff.${ULID}5`,
    `PractitionerRole/${ROLE}`,
    `Encounter/${ENCOUNTER}`,
    `Condition/${ENCOUNTER}.dx`,
    `ClinicalImpression/${ENCOUNTER}.note`,
    `Provenance/${ENCOUNTER}.new`,
    `Observation/${VITAL}`,
    `Observation/${VITAL}.press`,
    `Observation/${VITAL}.temp`,
    `Provenance/${VITAL}.new`,
    `MedicationRequest/${REQUEST}`,
    `MedicationDispense/${REQUEST}`,
    `Provenance/${PATIENT_ID}.rx.${ULID}4.new`,
  ]);
});

it('is valid and says all that the documents say', () => {
  expect(faultsOf(bundle)).toEqual([]);
  expect(missingValues(smallRecord, bundle)).toEqual([]);
});

describe('the patient', () => {
  const meta = { versionId: '2-0123456789abcdef0123456789abcdef', lastUpdated: '2026-03-02T08:00:00.000Z' };

  it('is a Patient, managed by the first clinic', () => {
    expectResource('Patient', PATIENT_ID).toEqual({
      meta,
      identifier: [
        identifier(`${PATIENT_ID}:patient`),
        {
          type: { text: 'National identity or insurance number' },
          system: 'urn:vitasync:identity-number',
          value: 'X-1',
        },
      ],
      name: [{ use: 'official', text: 'Ada Example', family: 'Example', given: ['Ada'] }],
      gender: 'female',
      birthDate: '1980-05-17',
      telecom: [{ system: 'phone', value: '555 0100' }],
      contact: [
        {
          relationship: [concept('v2-0131', 'C', 'Emergency Contact'), { text: 'brother' }],
          name: { text: 'Ben' },
          telecom: [{ system: 'phone', value: '555 0101' }],
        },
      ],
      managingOrganization: to('Organization/clinic.north', 'Clinic North'),
      extension: [
        {
          url: 'urn:vitasync:clinic',
          valueReference: { type: 'Organization', identifier: { system: 'urn:vitasync:clinic', value: 'south' } },
        },
      ],
    });
  });

  it('has allergies and conditions', () => {
    expectResource('AllergyIntolerance', ALLERGY).toEqual({
      meta,
      identifier: [identifier(`${PATIENT_ID}:patient#allergy.b255c373d37b`)],
      clinicalStatus: concept('allergyintolerance-clinical', 'active', 'Active'),
      code: {
        coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '7984' }],
        text: 'Penicillin V',
      },
      patient,
      onsetDateTime: '2001-01-01',
      reaction: [{ manifestation: [{ text: 'Rash' }], severity: 'mild' }],
    });
    expectResource('Condition', CONDITION).toEqual({
      meta,
      identifier: [identifier(`${PATIENT_ID}:patient#condition.1c3b68f9a927`)],
      clinicalStatus: concept('condition-clinical', 'resolved', 'Resolved'),
      category: [concept('condition-category', 'problem-list-item', 'Problem List Item')],
      code: { coding: [{ system: 'http://snomed.info/sct', code: '195967001' }], text: 'Asthma' },
      subject: patient,
      onsetDateTime: '2001-01-01',
      abatementDateTime: '2020-12-31',
    });
  });

  it('has notes for staff that are labelled as not for the patient', () => {
    expectResource('ClinicalImpression', `${PATIENT_ID}.note`).toEqual({
      meta: { ...meta, security: [NOT_FOR_PATIENTS] },
      identifier: [identifier(`${PATIENT_ID}:patient#note`)],
      status: 'completed',
      description: 'Medical notes for staff',
      subject: patient,
      note: [{ text: 'Prefers mornings' }],
    });
  });

  it('was written by one and changed by another', () => {
    const targets = [
      patient,
      to(`AllergyIntolerance/${ALLERGY}`),
      to(`Condition/${CONDITION}`),
      to(`ClinicalImpression/${PATIENT_ID}.note`),
    ];
    const ada = { identifier: { system: 'urn:vitasync:user', value: 'uada' } };
    expectResource('Provenance', `${PATIENT_ID}.new`).toEqual(
      provenance(meta, ['CREATE', 'create'], VISITED, doctor, targets),
    );
    expectResource('Provenance', `${PATIENT_ID}.edit`).toEqual(
      provenance(meta, ['UPDATE', 'revise'], meta.lastUpdated, ada, targets),
    );
  });
});

describe('clinics and staff', () => {
  const meta = { lastUpdated: VISITED };

  it('are organizations and places, people and their roles', () => {
    const clinic = {
      meta,
      identifier: [identifier('clinic:clinic:north'), { system: 'urn:vitasync:clinic', value: 'north' }],
      name: 'Clinic North',
    };
    expectResource('Organization', 'clinic.north').toEqual(clinic);
    expectResource('Location', 'clinic.north').toEqual({
      ...clinic,
      managingOrganization: to('Organization/clinic.north'),
    });
    expectResource('Practitioner', `staff.${ULID}5`).toEqual({
      meta,
      identifier: [identifier(STAFF_ID), { system: 'urn:vitasync:user', value: 'udoctor' }],
      name: [{ text: 'Dr. Dora' }],
    });
    expectResource('PractitionerRole', ROLE).toEqual({
      meta,
      identifier: [identifier(`${STAFF_ID}#e18f9743eb0e`)],
      practitioner: doctor,
      organization: to('Organization/clinic.north', 'Clinic North'),
      code: [{ ...concept('practitioner-role', 'doctor', 'Doctor'), text: 'doctor' }],
      specialty: [{ text: 'Pulmonology' }],
    });
  });

  it('keep their private fields to themselves', () => {
    for (const value of ['L-1', '555 0199']) expect(JSON.stringify(bundle)).not.toContain(value);
  });
});

describe('a confidential visit', () => {
  const meta = {
    versionId: '1-00000000000000000000000000000002',
    lastUpdated: VISITED,
    security: [RESTRICTED],
  };
  const bronchitis = {
    coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'J20.9' }],
    text: 'Acute bronchitis',
  };

  it('is a finished Encounter; a link that nothing in the bundle tells is an extension', () => {
    expectResource('Encounter', ENCOUNTER).toEqual({
      meta,
      identifier: [identifier(RECORD_ID)],
      status: 'finished',
      class: coding('v3-ActCode', 'AMB', 'ambulatory'),
      subject: patient,
      period: { start: VISITED },
      reasonCode: [bronchitis],
      diagnosis: [{ condition: to(`Condition/${ENCOUNTER}.dx`) }],
      extension: [
        {
          url: 'urn:vitasync:vaccine',
          valueReference: { identifier: identifier(`${PATIENT_ID}:vaccine:${ULID}6`) },
        },
      ],
    });
  });

  it('has a diagnosis and notes, as restricted as itself', () => {
    expectResource('Condition', `${ENCOUNTER}.dx`).toEqual({
      meta,
      identifier: [identifier(`${RECORD_ID}#dx`)],
      category: [concept('condition-category', 'encounter-diagnosis', 'Encounter Diagnosis')],
      code: bronchitis,
      subject: patient,
      encounter: visit,
      recordedDate: VISITED,
      recorder: doctor,
    });
    expectResource('ClinicalImpression', `${ENCOUNTER}.note`).toEqual({
      meta,
      identifier: [identifier(`${RECORD_ID}#note`)],
      status: 'completed',
      description: 'Notes of the visit',
      subject: patient,
      encounter: visit,
      effectiveDateTime: VISITED,
      note: [{ text: 'Cough' }],
    });
    const targets = [visit, to(`Condition/${ENCOUNTER}.dx`), to(`ClinicalImpression/${ENCOUNTER}.note`)];
    expectResource('Provenance', `${ENCOUNTER}.new`).toEqual(
      provenance(meta, ['CREATE', 'create'], VISITED, doctor, targets),
    );
  });
});

describe('vital signs', () => {
  const meta = { versionId: '1-00000000000000000000000000000003', lastUpdated: VISITED };
  const loinc = (code: string, display: string) => ({ coding: [{ system: 'http://loinc.org', code, display }] });
  const ucum = (value: number, unit: string) => ({ value, unit, system: 'http://unitsofmeasure.org', code: unit });
  const common = {
    meta,
    status: 'final',
    category: [concept('observation-category', 'vital-signs', 'Vital Signs')],
    subject: patient,
    encounter: visit,
    effectiveDateTime: VISITED,
    performer: [doctor],
  };

  it('are observations, held together by a panel with the notes', () => {
    expectResource('Observation', VITAL).toEqual({
      ...common,
      identifier: [identifier(VITAL_ID)],
      code: loinc('85353-1', 'Vital signs, weight, height, head circumference, oxygen saturation and BMI panel'),
      hasMember: [to(`Observation/${VITAL}.press`), to(`Observation/${VITAL}.temp`)],
      note: [{ text: 'Sitting' }],
    });
    expectResource('Observation', `${VITAL}.temp`).toEqual({
      ...common,
      identifier: [identifier(`${VITAL_ID}#temp`)],
      code: loinc('8310-5', 'Body temperature'),
      valueQuantity: ucum(38.1, 'Cel'),
    });
  });

  it('have both blood pressures in one observation', () => {
    expectResource('Observation', `${VITAL}.press`).toEqual({
      ...common,
      identifier: [identifier(`${VITAL_ID}#press`)],
      code: loinc('85354-9', 'Blood pressure panel with all children optional'),
      component: [
        { code: loinc('8480-6', 'Systolic blood pressure'), valueQuantity: ucum(120, 'mm[Hg]') },
        { code: loinc('8462-4', 'Diastolic blood pressure'), valueQuantity: ucum(80, 'mm[Hg]') },
      ],
    });
  });
});

describe('a filled prescription', () => {
  const meta = { versionId: '3-00000000000000000000000000000004', lastUpdated: VISITED };
  const subject = { ...patient, display: 'Ada Example' };
  const doxycycline = {
    coding: [
      { system: 'http://www.whocc.no/atc', code: 'J01AA02' },
      { system: 'urn:vitasync:drug', code: `drug:drug:${ULID}7` },
    ],
    text: 'Doxycycline',
  };

  it('is an order of each drug, made in the visit that links to it', () => {
    expectResource('MedicationRequest', REQUEST).toEqual({
      meta,
      identifier: [identifier(`${PRESCRIPTION_ID}#0`)],
      groupIdentifier: identifier(PRESCRIPTION_ID),
      status: 'completed',
      intent: 'order',
      medicationCodeableConcept: doxycycline,
      subject,
      encounter: visit,
      authoredOn: VISITED,
      requester: doctor,
      reasonCode: [{ text: 'Bronchitis' }],
      dosageInstruction: [{ text: '100 mg, twice a day' }],
      dispenseRequest: { quantity: { value: 14, unit: 'tablets' } },
    });
  });

  it('is a dispensing of each drug, by someone who is not in the directory', () => {
    expectResource('MedicationDispense', REQUEST).toEqual({
      meta,
      identifier: [identifier(`${PRESCRIPTION_ID}#0`)],
      status: 'completed',
      medicationCodeableConcept: doxycycline,
      subject,
      context: visit,
      performer: [{ actor: { identifier: { system: 'urn:vitasync:user', value: 'upharmacist' } } }],
      authorizingPrescription: [to(`MedicationRequest/${REQUEST}`)],
      whenHandedOver: '2026-03-01T10:00:00.000Z',
      note: [{ text: 'Generic' }],
    });
  });
});
