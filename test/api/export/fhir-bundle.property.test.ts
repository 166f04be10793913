import fc from 'fast-check';
import type { FhirResource } from 'fhir/r4.js';
import { expect, it } from 'vitest';
import { toFhirBundle } from '../../../server/api/export/fhir/bundle.ts';
import { PATIENT_BOUND_TYPES } from '../../../shared-schemas/document-types.ts';
import { validateDocument } from '../../../shared-schemas/validate.ts';
import { PROPERTY_SEED, runs, say } from '../../property/seed.ts';
import { patientExport } from './document-generator.ts';
import { profileNamesOf, VITAL_SIGN_PROFILES } from './fhir-structure.ts';
import { faultsOf } from './fhir-validator.ts';
import { missingValues } from './missing-values.ts';

const NOT_ABOUT_THE_PATIENT = ['Patient', 'Provenance', 'Organization', 'Location', 'Practitioner', 'PractitionerRole'];

it('any valid documents become a valid bundle that says all of what they say', () => {
  const types = new Map<string, number>();
  const count = (name: string) => types.set(name, (types.get(name) ?? 0) + 1);
  fc.assert(
    fc.property(patientExport, (source) => {
      for (const { _rev, ...document } of [source.patient, ...source.documents, ...source.clinics, ...source.staff]) {
        expect(validateDocument(document.type, document)).toEqual([]);
        count(document.type);
      }
      const bundle = toFhirBundle(source);
      const patientUrl = bundle.entry?.[0]?.fullUrl;
      for (const { resource } of bundle.entry ?? []) {
        const { resourceType } = resource as FhirResource;
        for (const name of [resourceType, ...profileNamesOf(resource as FhirResource)]) count(name);
        if (!NOT_ABOUT_THE_PATIENT.includes(resourceType)) expect(JSON.stringify(resource)).toContain(patientUrl);
      }
      expect(faultsOf(bundle)).toEqual([]);
      expect(missingValues(source, bundle)).toEqual([]);
      expect(JSON.stringify(toFhirBundle(source))).toBe(JSON.stringify(bundle));
    }),
    { seed: PROPERTY_SEED, numRuns: runs(40) },
  );
  say(`FHIR bundles: ${JSON.stringify(Object.fromEntries(types))}`);
  for (const type of [...PATIENT_BOUND_TYPES, 'clinic', 'staff', ...VITAL_SIGN_PROFILES])
    expect(types.get(type), type).toBeGreaterThan(1);
});
