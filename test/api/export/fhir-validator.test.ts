/** The checks that the other tests rely on find what is wrong. */
import type { Bundle, FhirResource, Observation, Patient } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { toFhirBundle } from '../../../server/api/export/fhir/bundle.ts';
import { faultsOf } from './fhir-validator.ts';
import { missingValues } from './missing-values.ts';
import { smallRecord } from './small-record.ts';

type Type = FhirResource['resourceType'];
type ResourceOf<T extends Type> = Extract<FhirResource, { resourceType: T }>;

/** The bundle of the small record with its first resource of `type`, whose id ends in `end`, changed. */
function broken<T extends Type>(type: T, change: (resource: ResourceOf<T>) => void, end = ''): Bundle {
  const bundle = structuredClone(toFhirBundle(smallRecord));
  const found = bundle.entry?.find(({ resource }) => resource?.resourceType === type && resource.id?.endsWith(end));
  if (!found) throw new Error(`the small record has no ${type}`);
  change(found.resource as ResourceOf<T>);
  return bundle;
}

describe('a bundle is not valid', () => {
  const cases: readonly (readonly [string, Bundle, RegExp])[] = [
    [
      'with a code that a required binding does not have',
      broken('Patient', (patient) => {
        patient.gender = 'robot' as Patient['gender'] & string;
      }),
      /^schema: Patient\/gender/,
    ],
    [
      'without a required element',
      broken('MedicationRequest', (request) => {
        Reflect.deleteProperty(request, 'medicationCodeableConcept');
      }),
      /^structure: Missing required property at .*medication/,
    ],
    [
      'with an element that FHIR does not have',
      broken('Encounter', (encounter) => Object.assign(encounter, { note: [{ text: 'x' }] })),
      /^structure: Invalid additional property "note"/,
    ],
    [
      'with an id that is not one',
      broken('Encounter', (encounter) => {
        encounter.id = 'a:b';
      }),
      /^schema: Encounter\/id/,
    ],
    [
      'with a time that is not one',
      broken('MedicationRequest', (request) => {
        request.authoredOn = '2026-03-01 09:30:00Z';
      }),
      /^structure: Invalid dateTime format/,
    ],
    [
      'against an invariant',
      broken('Patient', (patient) => {
        patient.contact = [{ relationship: [{ text: 'brother' }] }];
      }),
      /^structure: Constraint pat-1 not met/,
    ],
    [
      'with a reference that leads nowhere',
      broken('Encounter', (encounter) => {
        encounter.subject = { reference: 'urn:uuid:00000000-0000-5000-8000-000000000000' };
      }),
      /^reference: nothing in the bundle/,
    ],
    [
      'with a reference to what may not stand there',
      broken('Encounter', (encounter) => {
        encounter.subject = encounter.diagnosis?.[0]?.condition ?? {};
      }),
      /^structure: Invalid reference: got "Condition"/,
    ],
    [
      'with a code that its code system does not have',
      broken('Condition', (condition) => {
        condition.clinicalStatus = {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'cured' }],
        };
      }),
      /^code: .*condition-clinical has no cured/,
    ],
    [
      'with a vital sign that has neither a value nor a reason',
      broken(
        'Observation',
        ({ component }: Observation) => Reflect.deleteProperty(component?.[0] ?? {}, 'valueQuantity'),
        'press',
      ),
      /^vitalsigns: Constraint vs-3 not met/,
    ],
    [
      'with half a blood pressure',
      broken('Observation', (observation) => observation.component?.pop(), 'press'),
      /^bp: Incorrect number of values provided for slice 'DiastolicBP'/,
    ],
    [
      'with two resources of one address',
      ((bundle) => ({ ...bundle, entry: [...(bundle.entry ?? []), ...(bundle.entry?.slice(0, 1) ?? [])] }))(
        toFhirBundle(smallRecord),
      ),
      /^reference: urn:uuid:\S+ is there twice/,
    ],
  ];

  it.each(cases)('%s', (_, bundle, fault) => {
    expect(
      faultsOf(bundle).some((text) => fault.test(text)),
      faultsOf(bundle).join('\n'),
    ).toBe(true);
  });
});

describe('a value is missed', () => {
  it.each([
    ['notes', broken('ClinicalImpression', (impression) => Reflect.deleteProperty(impression, 'note'), 'p42.note')],
    ['lines.dose', broken('MedicationRequest', (request) => Reflect.deleteProperty(request, 'dosageInstruction'))],
    ['reason', broken('MedicationRequest', (request) => Reflect.deleteProperty(request, 'reasonCode'))],
    ['vaccineId', broken('Encounter', (encounter) => Reflect.deleteProperty(encounter, 'extension'))],
    ['updatedBy', broken('Provenance', (provenance) => Reflect.deleteProperty(provenance, 'agent'), '.edit')],
  ] as const)('%s', (field, bundle) => {
    expect(missingValues(smallRecord, bundle).map((text) => text.split(' ')[1])).toContain(field);
  });
});
