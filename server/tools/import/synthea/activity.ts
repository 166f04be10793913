import type { PatientRows } from './data-set.ts';
import { parseInstant } from './times.ts';

/** What the encounters say about when, where and with whom. Times are milliseconds since 1970. */
export interface Activity {
  visitsAt(organizationId: string): number;
  /** First known visit at an organization or with a provider; the data set's first where there is none. */
  firstSeenMs(organizationOrProviderId: string): number;
  /** The data set's newest visit: what counts as its present. */
  readonly newestMs: number;
}

/** Encounters without a time, or of a time after `nowMs`, are row errors elsewhere and say nothing here. */
export function activityOf(patients: readonly PatientRows[], nowMs: number): Activity {
  const visits = new Map<string, number>();
  const firsts = new Map<string, number>();
  let oldestMs = Number.POSITIVE_INFINITY;
  let newestMs = 0;
  for (const { cells } of patients.flatMap(({ rows }) => rows.encounters)) {
    const ms = parseInstant(cells.START);
    if (ms === undefined || ms > nowMs) continue;
    visits.set(cells.ORGANIZATION, (visits.get(cells.ORGANIZATION) ?? 0) + 1);
    for (const id of [cells.ORGANIZATION, cells.PROVIDER]) firsts.set(id, Math.min(firsts.get(id) ?? ms, ms));
    oldestMs = Math.min(oldestMs, ms);
    newestMs = Math.max(newestMs, ms);
  }
  return {
    visitsAt: (id) => visits.get(id) ?? 0,
    firstSeenMs: (id) => firsts.get(id) ?? (Number.isFinite(oldestMs) ? oldestMs : 0),
    newestMs,
  };
}
