/** JSON values, and a way through them. */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Calls `visit` with every object inside `value`, itself included. */
export function walk(value: Json, visit: (object: JsonObject, path: string) => void, path = ''): void {
  if (isObject(value)) visit(value, path);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) walk(inner as Json, visit, `${path}/${key}`);
}

export interface Leaf {
  /** Names of fields, joined with dots, without the places in lists. */
  readonly field: string;
  readonly value: string | number | boolean;
}

/** Every text, number and truth value inside. */
export function leavesOf(value: Json | undefined, field = ''): Leaf[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, field));
  if (!isObject(value)) return [{ field, value: value as Leaf['value'] }];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, field === '' ? key : `${field}.${key}`));
}
