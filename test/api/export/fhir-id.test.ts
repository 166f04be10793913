import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fhirId, sourceIdOf } from '../../../server/api/export/fhir/fhir-id.ts';
import { fullUrlOf } from '../../../server/api/export/fhir/full-url.ts';
import { partKeys } from '../../../server/api/export/fhir/part-keys.ts';
import { DOCUMENT_TYPES, type DocumentType } from '../../../shared-schemas/document-types.ts';
import { clinicDocId, newDocumentId, newPatientId, parseId } from '../../../shared-schemas/ids.ts';
import { PROPERTY_SEED, runs } from '../../property/seed.ts';

const patientId = newPatientId();
const slug = fc.stringMatching(/^[a-z][a-z0-9-]{0,39}$/);
const idOf = (type: DocumentType, clinic: string) =>
  type === 'clinic' ? clinicDocId(clinic) : newDocumentId(type, patientId);
/** As long as a part of the type can be. */
const PARTS: Readonly<Partial<Record<DocumentType, string>>> = {
  patient: 'condition.0123456789ab-500',
  staff: '0123456789ab-200',
};

it('ids are ids of FHIR, and can be undone, with a part behind them or without', () => {
  const property = fc.property(fc.constantFrom(...DOCUMENT_TYPES), slug, (type, clinic) => {
    const id = idOf(type, clinic);
    expect(parseId(id)?.type).toBe(type);
    for (const part of [undefined, PARTS[type] ?? 'weight']) {
      const resourceId = fhirId(id, part);
      expect(resourceId).toMatch(/^[A-Za-z0-9\-.]{1,64}$/);
      expect(sourceIdOf(resourceId)).toBe(id);
    }
  });
  fc.assert(property, { seed: PROPERTY_SEED, numRuns: runs(300) });
});

it('what is not an id is refused, and undone to nothing', () => {
  expect(() => fhirId('record:1')).toThrow(/not an id of a document/);
  expect(() => fhirId(newDocumentId('vital', patientId), 'sevenxx')).toThrow(/shorten the part/);
  for (const id of ['', 'north', 'clinic.', 'drug.1', `${patientId}.rc.1`, 'record.1']) {
    expect(sourceIdOf(id), id).toBeUndefined();
  }
});

it('addresses are UUIDs of version 5, one for each type and id', () => {
  const urls = ['Patient', 'Observation'].flatMap((resourceType) =>
    ['a', 'b'].map((id) => fullUrlOf({ resourceType, id })),
  );
  for (const url of urls)
    expect(url).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(urls).size).toBe(4);
  expect(fullUrlOf({ resourceType: 'Patient', id: 'a' })).toBe(urls[0]);
});

it('items of a list keep their keys when others come, go or change places', () => {
  const keys = (...names: string[]) => partKeys(names, (name) => [name]);
  const [nuts, latex] = keys('nuts', 'latex');
  expect(keys('dust', 'latex', 'nuts')).toEqual([expect.any(String), latex, nuts]);
  expect(keys('nuts', 'nuts', 'nuts')).toEqual([nuts, `${nuts}-2`, `${nuts}-3`]);
});
