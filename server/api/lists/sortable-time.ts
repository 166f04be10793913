/** Times as they are compared: text that sorts bytewise in the order of time, whatever precision it was written with. */

const INSTANT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/i;
const DAY = /^\d{4}-\d\d-\d\d$/;

/** An instant in UTC without its `Z` and without zeros that say nothing; undefined where the value is none. */
export function sortableTime(value: unknown): string | undefined {
  const [, day, time, fraction = ''] = (typeof value === 'string' && INSTANT.exec(value)) || [];
  if (day === undefined || time === undefined) return undefined;
  const digits = fraction.replace(/0+$/, '');
  return `${day}T${time}${digits && `.${digits}`}`;
}

/** A limit of a range: an instant, or a day (`YYYY-MM-DD`), which stands for its beginning. Undefined where it is neither. */
export const sortableLimit = (value: string): string | undefined => (DAY.test(value) ? value : sortableTime(value));
