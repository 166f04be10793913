/** Values that FHIR builds its resources from, and what it asks of them. */
import type { Annotation, CodeableConcept, Coding, ContactPoint, Element } from 'fhir/r4.js';

/** What FHIR's text can't hold: control characters, halves of characters, and white space other than these four. */
const NOT_TEXT = /(?![ \t\n\r])[\s\p{Cc}\p{Cs}]/gu;
/** The sign for a space, in the place of a text that has nothing else: FHIR asks for something to read. */
const BLANK = '␣';

/**
 * A copy without what is undefined and without empty texts, lists and objects: FHIR has no empty values. In texts, each
 * character that FHIR can't hold becomes a space.
 */
export const withoutEmpty = <T extends object>(value: T): T => (filled(value) ?? {}) as T;

function filled(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? undefined : textOf(value);
  if (Array.isArray(value)) {
    const items = value.map(filled).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    const kept = filled(inner);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function textOf(value: string): string {
  const text = value.replace(NOT_TEXT, ' ');
  return /\S/.test(text) ? text : BLANK;
}

/** In the place of an element that FHIR requires and that nobody wrote down. */
export const UNKNOWN: Element = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
};

export const concept = (text: string, coding: readonly Coding[] = []): CodeableConcept => ({
  coding: [...coding],
  text,
});

/** A concept of a code system of HL7, whose names begin alike. */
export const hl7Concept = (system: string, code: string, display: string): CodeableConcept => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code, display }],
});

/** A list of the text, or an empty one where there is none. */
export const concepts = (text: string | undefined): CodeableConcept[] => (text === undefined ? [] : [{ text }]);

export const notes = (text: string | undefined): Annotation[] => (text === undefined ? [] : [{ text }]);

export const contactPoints = (
  system: 'phone' | 'email',
  value: string | undefined,
  use?: ContactPoint['use'],
): ContactPoint[] => (value === undefined ? [] : [{ system, value, use }]);
