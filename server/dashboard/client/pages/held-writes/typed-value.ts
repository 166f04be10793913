/** Values that somebody types for a field: what kind of input they need, and what is wrong with them. */
import type { FieldSchema } from '../../../../admin/held-writes/held-write-form.ts';

export type Editor = 'choice' | 'yes-no' | 'number' | 'text' | 'long-text' | 'lines' | 'json';

/** Longer texts get more than one line. */
const LONG_TEXT = 200;

export function editorOf({ type, enum: choices, items, maxLength }: FieldSchema): Editor {
  if (choices) return 'choice';
  if (type === 'boolean') return 'yes-no';
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'array') return items?.type === 'string' ? 'lines' : 'json';
  if (type === 'object') return 'json';
  return maxLength !== undefined && maxLength > LONG_TEXT ? 'long-text' : 'text';
}

/** A value as it is typed. */
export function asTyped(value: unknown, schema: FieldSchema): string {
  if (value === undefined || value === null) return '';
  const editor = editorOf(schema);
  if (editor === 'lines' && Array.isArray(value)) return value.join('\n');
  if (editor === 'json' || typeof value === 'object') return JSON.stringify(value, undefined, 2);
  return String(value);
}

export type Typed = { readonly value: unknown } | { readonly fault: string };

/** What the server checks as well; here, so that it is said beside the field, and before anything is sent. */
export function parseTyped(text: string, schema: FieldSchema): Typed {
  switch (editorOf(schema)) {
    case 'number':
      return parseNumber(text.trim(), schema);
    case 'yes-no':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : { fault: 'Choose yes or no.' };
    case 'choice':
      return schema.enum?.includes(text) ? { value: text } : { fault: 'Choose one.' };
    case 'lines':
      return { value: text.split('\n').flatMap((line) => line.trim() || []) };
    case 'json':
      return parseJson(text, schema);
    default:
      return parseText(text, schema);
  }
}

function parseNumber(text: string, { type, minimum = -Infinity, maximum = Infinity }: FieldSchema): Typed {
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return { fault: 'Type a number, with a point before decimals.' };
  const value = Number(text);
  if (type === 'integer' && !Number.isInteger(value)) return { fault: 'Type a whole number.' };
  if (value < minimum) return { fault: `Type ${minimum} or more.` };
  if (value > maximum) return { fault: `Type ${maximum} or less.` };
  return { value };
}

function parseText(text: string, { minLength = 0, maxLength = Infinity, pattern, format }: FieldSchema): Typed {
  if (text.length < minLength) return { fault: 'Type something.' };
  if (text.length > maxLength) return { fault: `Type ${maxLength} characters at most.` };
  if (format === 'date' && !/^\d{4}-\d{2}-\d{2}$/.test(text)) return { fault: 'Type a day, as 2026-03-01.' };
  if (format === 'date-time' && (Number.isNaN(Date.parse(text)) || !text.endsWith('Z'))) {
    return { fault: 'Type a time in UTC, as 2026-03-01T09:30:00.000Z.' };
  }
  if (format === undefined && pattern !== undefined && !new RegExp(pattern).test(text)) {
    return { fault: 'It has characters that this field does not take.' };
  }
  return { value: text };
}

function parseJson(text: string, { type }: FieldSchema): Typed {
  const wanted = type === 'array' ? 'a list, as ["a", "b"]' : 'an object, as {"a": "b"}';
  try {
    const value: unknown = JSON.parse(text);
    const isList = Array.isArray(value);
    if (type === 'array' ? isList : typeof value === 'object' && value !== null && !isList) return { value };
    return { fault: `Type ${wanted}.` };
  } catch (error) {
    return { fault: `This is not JSON: ${error instanceof Error ? error.message : ''}. Type ${wanted}.` };
  }
}
