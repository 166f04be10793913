/** Numbers, with their units. Numbers and dates are written alike for everyone, whatever the browser's language: people compare them. */

const LOCALE = 'en-GB';
const count = new Intl.NumberFormat(LOCALE);
const oneDigit = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' });

export const formatCount = (value: number): string => count.format(value);

/** `1 device`, `3 devices`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${formatCount(value)} ${value === 1 ? one : many}`;

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < BYTE_UNITS.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${oneDigit.format(value)} ${BYTE_UNITS[unit]}`;
}

/** `0.4 s`, `12 s`, `5 min`, `3 h`, `12 days`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0) return `−${formatSeconds(-seconds)}`;
  if (seconds < 10) return `${oneDigit.format(seconds)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.round(seconds / 3_600)} h`;
  return counted(Math.round(seconds / 86_400), 'day');
}

/** In the browser's time zone. */
export const formatMoment = (iso: string): string => moment.format(new Date(iso));
export const formatDay = (iso: string): string => day.format(new Date(iso));

/** `just now`, `12 s ago`; a time to come is `in 3 h`. */
export function formatAge(iso: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(iso)) / 1_000;
  if (Number.isNaN(seconds)) return 'unknown';
  if (Math.abs(seconds) < 3) return 'just now';
  return seconds > 0 ? `${formatSeconds(Math.round(seconds))} ago` : `in ${formatSeconds(Math.round(-seconds))}`;
}

/** Exact, or the number up to which the server counted. */
export type Pending = number | { readonly atLeast: number };
export const formatPending = (pending: Pending): string =>
  typeof pending === 'number' ? formatCount(pending) : `over ${formatCount(pending.atLeast)}`;
export const pendingNumber = (pending: Pending): number => (typeof pending === 'number' ? pending : pending.atLeast);
