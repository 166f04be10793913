/** Synthea's dates and times as documents have them. Times without a zone are UTC, as Synthea writes them. */
import { RowFault } from '../row-fault.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?$/;

/** Milliseconds since 1970, or undefined where the text is neither a day nor a time. A day is its midnight in UTC. */
export function parseInstant(text: string): number | undefined {
  if (DAY.test(text)) return isRealDay(text) ? Date.parse(text) : undefined;
  const [, day = '', time = '', zone = 'Z'] = INSTANT.exec(text) ?? [];
  if (!isRealDay(day)) return undefined;
  const ms = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The time in a column, in milliseconds since 1970. Throws RowFault where there is none, or it is later than now. */
export function pastInstant(text: string, column: string, nowMs: number): number {
  const ms = parseInstant(text);
  if (ms === undefined) throw new RowFault(`${column} is not a date or time`);
  if (ms > nowMs) throw new RowFault(`${column} is in the future`);
  return ms;
}

/** The calendar day in a column, undefined where the column is empty. Throws RowFault where it is not a day. */
export function optionalDay(text: string, column: string): string | undefined {
  if (text === '') return undefined;
  const ms = parseInstant(text);
  if (ms === undefined) throw new RowFault(`${column} is not a date or time`);
  return text.slice(0, 10);
}

export const isoTime = (ms: number): string => new Date(ms).toISOString();

// Date.parse takes 30 February for 2 March.
const isRealDay = (day: string): boolean => {
  const ms = Date.parse(day);
  return !Number.isNaN(ms) && isoTime(ms).startsWith(day);
};
