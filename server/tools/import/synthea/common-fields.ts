/** Fields that every imported document has, and the author of those whose author is not known. */
import { isoTime } from './times.ts';

/** Author of what no provider wrote: clinics, drugs, staff, patients. */
export const IMPORT_USER = 'import';

/** @param updatedAtMs milliseconds since 1970, not before `createdAtMs` */
export function commonFields(createdAtMs: number, author: string = IMPORT_USER, updatedAtMs: number = createdAtMs) {
  return {
    schemaVersion: 1,
    createdAt: isoTime(createdAtMs),
    createdBy: author,
    updatedAt: isoTime(updatedAtMs),
    updatedBy: author,
  };
}

/** Those of the fields that say something; an empty column leaves its field out. */
export function given<T extends Readonly<Record<string, string | undefined>>>(
  fields: T,
): { [K in keyof T]?: NonNullable<T[K]> } {
  const filled = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(filled) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** A postal address on one line. */
export const addressOf = (cells: Readonly<Record<'ADDRESS' | 'CITY' | 'STATE' | 'ZIP', string>>): string =>
  [cells.ADDRESS, cells.CITY, cells.STATE, cells.ZIP].filter((part) => part !== '').join(', ');
