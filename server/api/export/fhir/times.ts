/** Times as FHIR writes them. */

const MINUTE_MS = 60_000;

/** The schemas' `date-time` lets a space stand between the day and the time; FHIR asks for a `T`. */
export const instantOf = (time: string): string => time.replace(/^(\d{4}-\d\d-\d\d)\s/, '$1T');

export const optionalInstant = (time: string | undefined): string | undefined =>
  time === undefined ? undefined : instantOf(time);

/** When what begins at `start` and lasts `minutes` ends; undefined where the length is not known. */
export function endOf(start: string, minutes: number | undefined): string | undefined {
  if (minutes === undefined) return undefined;
  // A leap second is no time to Date; it counts as the second before it.
  const startMs = Date.parse(instantOf(start).replace(/:60(?=[.Z])/, ':59'));
  const end = new Date(startMs + minutes * MINUTE_MS).toISOString();
  // From the year 10000 on ISO 8601 has a sign, and FHIR has no date.
  return end.startsWith('+') ? undefined : end;
}
