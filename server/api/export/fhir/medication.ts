/** What the order of a drug and its dispensing have in common. */
import type { CodeableConcept, Dosage, Quantity } from 'fhir/r4.js';
import type { Prescription } from '../../../../shared-schemas/prescription.ts';
import { codingsOf, drugCodings } from './codings.ts';
import { concept } from './values.ts';

export type PrescriptionLine = Prescription['lines'][number];

export const medication = ({ drugName, drugCode, drugId }: PrescriptionLine): CodeableConcept =>
  concept(drugName, [...codingsOf(drugCode, 'rxnorm', 'atc'), ...drugCodings(drugId)]);

/** A dose is text and stays text: a machine that takes `1.000 mg` for 1 mg does harm. */
export function dosages({ dose, instructions }: PrescriptionLine): Dosage[] {
  const text = [dose, instructions].filter((part) => part !== undefined).join(', ');
  return text === '' ? [] : [{ text }];
}

export const quantity = ({ quantity: value, quantityUnit: unit }: PrescriptionLine): Quantity | undefined =>
  value === undefined && unit === undefined ? undefined : { value, unit };
