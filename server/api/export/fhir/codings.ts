/**
 * Codes with the code system that they are of. Our documents have the code alone, so the system is told from its form;
 * where the form is that of none of the systems that the field allows, the code goes out without a system, as FHIR lets a
 * local code of unknown origin do.
 */
import type { Coding } from 'fhir/r4.js';
import { isSnomedConceptId } from './snomed-id.ts';
import { DRUG_SYSTEM } from './systems.ts';

const has = (form: RegExp) => (code: string) => form.test(code);

const SYSTEMS = {
  snomed: { uri: 'http://snomed.info/sct', matches: isSnomedConceptId },
  /** Any number of up to 7 digits. Ask for SNOMED CT first where both may stand: its numbers carry a check digit. */
  rxnorm: { uri: 'http://www.nlm.nih.gov/research/umls/rxnorm', matches: has(/^[1-9]\d{0,6}$/) },
  icd10: { uri: 'http://hl7.org/fhir/sid/icd-10', matches: has(/^[A-Z]\d\d(\.\d{1,2})?$/) },
  /** The American modification; what could be of the international edition as well is taken for that. */
  icd10cm: { uri: 'http://hl7.org/fhir/sid/icd-10-cm', matches: has(/^[A-Z]\d[0-9AB](\.[0-9A-Z]{1,4})?$/) },
  atc: { uri: 'http://www.whocc.no/atc', matches: has(/^[A-DGHJLMNPRSV]\d\d([A-Z]([A-Z](\d\d)?)?)?$/) },
  cpt: { uri: 'http://www.ama-assn.org/go/cpt', matches: has(/^\d{4}[\dFTU]$/) },
  cvx: { uri: 'http://hl7.org/fhir/sid/cvx', matches: has(/^\d{1,3}$/) },
} as const;

export type CodeSystemName = keyof typeof SYSTEMS;

/** @param candidates the systems that the field allows; the first whose form fits is taken */
export function codingsOf(value: string | undefined, ...candidates: readonly CodeSystemName[]): Coding[] {
  const code = codeOf(value);
  if (code === undefined) return [];
  const system = candidates.find((name) => SYSTEMS[name].matches(code));
  return [system === undefined ? { code } : { system: SYSTEMS[system].uri, code }];
}

export function drugCodings(drugId: string | undefined): Coding[] {
  const code = codeOf(drugId);
  return code === undefined ? [] : [{ system: DRUG_SYSTEM, code }];
}

/** FHIR's codes have single spaces, and only between other characters. */
const codeOf = (value: string | undefined): string | undefined => value?.trim().replace(/\s+/g, ' ') || undefined;
