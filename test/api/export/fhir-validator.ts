/** What is wrong with a bundle, by all that HL7 publishes for machines to check, and by its references. */
import type { Bundle } from 'fhir/r4.js';
import { codeFaults } from './fhir-codes.ts';
import { schemaFaults } from './fhir-schema.ts';
import { structureFaults } from './fhir-structure.ts';
import { type Json, walk } from './walk.ts';

/** Sentences, each beginning with the check that found it; none for a valid bundle. */
export function faultsOf(bundle: Bundle): string[] {
  // What is sent is JSON: an undefined value has no place in it and is no fault.
  const sent = JSON.parse(JSON.stringify(bundle)) as Bundle;
  return [...structureFaults(sent), ...schemaFaults(sent), ...codeFaults(sent), ...referenceFaults(sent)];
}

/** Every address and every id is there once, and every reference leads to an address in the bundle. */
function referenceFaults(bundle: Bundle): string[] {
  const entries = bundle.entry ?? [];
  const urls = entries.map(({ fullUrl }) => fullUrl);
  const names = entries.map(({ resource }) => `${resource?.resourceType}/${resource?.id}`);
  const faults = [...repeated(urls), ...repeated(names)].map((name) => `reference: ${name} is there twice`);
  const known = new Set(urls);
  walk(bundle as unknown as Json, ({ reference }, path) => {
    if (typeof reference !== 'string' || known.has(reference)) return;
    faults.push(`reference: nothing in the bundle has the address ${reference} at ${path}`);
  });
  return faults;
}

const repeated = <T>(list: readonly T[]): T[] => {
  const seen = new Set<T>();
  return list.filter((item) => seen.has(item) || !seen.add(item));
};
