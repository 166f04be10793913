/** Records as another system made them, imported and exported again. */
import { join } from 'node:path';
import type { CodeableConcept, FhirResource } from 'fhir/r4.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { toFhirBundle } from '../../../server/api/export/fhir/bundle.ts';
import type { Exported, PatientExport } from '../../../server/api/export/patient-export.ts';
import type { Patient } from '../../../shared-schemas/patient.ts';
import type { Clinic, Staff } from '../../../shared-schemas/reference.ts';
import type { MemoryWriter } from '../../tools/import/memory-writer.ts';
import { importFolder } from '../../tools/import/small-export.ts';
import { faultsOf } from './fhir-validator.ts';
import { missingValues } from './missing-values.ts';
import { type Json, walk } from './walk.ts';

function exportsOf(writer: MemoryWriter): PatientExport[] {
  const all = [...writer.documents.values()] as unknown as Exported[];
  return all.flatMap((patient) =>
    patient.type === 'patient'
      ? {
          exportedAt: '2024-06-01T00:00:00.000Z',
          patient: patient as Exported<Patient>,
          documents: all.filter((one) => 'patientId' in one && one.patientId === patient.patientId && one !== patient),
          clinics: writer.ofType('clinic') as unknown as Clinic[],
          staff: writer.ofType('staff') as unknown as Staff[],
        }
      : [],
  );
}

describe('a Synthea data set', () => {
  let exports: PatientExport[];
  beforeAll(async () => {
    exports = exportsOf((await importFolder(join(import.meta.dirname, '../../fixtures/synthea'))).writer);
  });

  it('says in bundles what its documents say', () => {
    expect(exports).toHaveLength(27);
    for (const one of exports) expect(missingValues(one, toFhirBundle(one))).toEqual([]);
  });

  it('is valid', () => {
    const bySize = exports.toSorted((a, b) => a.documents.length - b.documents.length);
    for (const one of bySize.slice(0, 3)) expect(faultsOf(toFhirBundle(one))).toEqual([]);
  });

  it('has a code system for every code that is one', () => {
    const count = new Map<string, number>();
    const unknown = new Set<string>();
    for (const { resource } of exports.flatMap((one) => toFhirBundle(one).entry ?? [])) {
      const { resourceType } = resource as FhirResource;
      walk(resource as unknown as Json, ({ coding }) => {
        for (const { system, code } of (coding ?? []) as unknown as NonNullable<CodeableConcept['coding']>) {
          if (system === undefined) unknown.add(`${resourceType} ${code}`);
          else if (/snomed|rxnorm|cvx/.test(system)) {
            const name = `${resourceType} ${system}`;
            count.set(name, (count.get(name) ?? 0) + 1);
          }
        }
      });
    }
    // The data set has 10939881000119104 where SNOMED CT has 10939881000119105: a number was rounded on its way there.
    expect([...unknown].sort()).toEqual(['Condition 10939881000119104', 'Encounter 10939881000119104']);
    // As many as the files have rows; that of the allergies names the code system of each.
    expect(Object.fromEntries(count)).toEqual({
      'AllergyIntolerance http://snomed.info/sct': 37,
      'AllergyIntolerance http://www.nlm.nih.gov/research/umls/rxnorm': 3,
      'Condition http://snomed.info/sct': 622,
      'Encounter http://snomed.info/sct': 188,
      'Immunization http://hl7.org/fhir/sid/cvx': 29,
      'MedicationDispense http://www.nlm.nih.gov/research/umls/rxnorm': 663,
      'MedicationRequest http://www.nlm.nih.gov/research/umls/rxnorm': 663,
      'Procedure http://snomed.info/sct': 249,
      'ServiceRequest http://snomed.info/sct': 249,
    });
  });
});
