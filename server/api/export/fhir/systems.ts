/** Names of our own in FHIR: systems of identifiers and of local codes, and extensions. */
import type { Extension } from 'fhir/r4.js';

/** Document ids, with `#<part>` behind them where one document becomes several resources. */
export const ID_SYSTEM = 'urn:vitasync:id';
/** User ids, as in `createdBy`. */
export const USER_SYSTEM = 'urn:vitasync:user';
/** Clinic slugs. */
export const CLINIC_SYSTEM = 'urn:vitasync:clinic';
/** A patient's identity or insurance number, whose issuer is not known. */
export const IDENTITY_NUMBER_SYSTEM = 'urn:vitasync:identity-number';
/** Entries of the drug catalogue, as a local code system. */
export const DRUG_SYSTEM = 'urn:vitasync:drug';

/** An extension of ours, or none where there is no value. */
export const extension = <K extends keyof Extension & `value${string}`>(
  name: string,
  key: K,
  value: Extension[K],
): Extension[] => (value === undefined ? [] : [{ url: `urn:vitasync:${name}`, [key]: value }]);
