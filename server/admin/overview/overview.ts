/** The overview as it is answered to administrators. */

import { VERSION } from '../../lib/version.ts';
import type { DeviceCensus } from '../monitoring/health-census.ts';
import type { RoleDatabaseCounts } from '../monitoring/health-metrics.ts';
import { type Finding, findingsOf, type HealthSummary, summaryOf } from './findings.ts';
import type { OverviewFacts, ProjectorFacts, Rates } from './overview-facts.ts';

export interface DeviceTotals
  extends Pick<DeviceCensus, 'enrolled' | 'revoked' | 'synced' | 'connected' | 'seenLastDay'> {
  /** Not heard of for 7 days. */
  readonly silent: number;
  /** When these were counted. */
  readonly at: string;
  readonly upToDate?: number;
  readonly behind?: number;
  /** What each still has to pull has not been counted yet. */
  readonly notCounted?: number;
  /** The age of the oldest count of what one has to pull. */
  readonly countedAt?: string;
}

export interface Overview {
  readonly at: string;
  readonly health: HealthSummary;
  readonly findings: readonly Finding[];
  readonly clinics: { readonly count: number; readonly withDevices: number; readonly unseen: number };
  readonly roleDatabases: RoleDatabaseCounts;
  /** Absent until they have been counted. */
  readonly devices?: DeviceTotals;
  /** Absent until they have been counted. */
  readonly heldWrites?: { readonly open: number; readonly oldestAt?: string };
  readonly store: OverviewFacts['store'];
  readonly projector: ProjectorFacts;
  readonly build?: NonNullable<OverviewFacts['build']>;
  /** A minute, the mean of the last five, of all servers. */
  readonly perMinute: Rates;
  readonly serverErrors: { readonly lastFiveMinutes: number; readonly lastHour: number };
  /** How many servers the rates and errors are of. */
  readonly servers: number;
  readonly version: string;
  readonly uptimeSeconds: number;
}

export function overviewOf(facts: OverviewFacts, uptimeSeconds: number): Overview {
  const findings = findingsOf(facts);
  const { clinics, held } = facts;
  const devices = deviceTotals(facts);
  return {
    at: facts.now,
    health: summaryOf(findings, facts),
    findings,
    clinics: { count: clinics.count, withDevices: clinics.withDevices, unseen: clinics.unseen },
    roleDatabases: facts.roleDatabases,
    ...(devices && { devices }),
    ...(held && {
      heldWrites: { open: held.count, ...(held.oldestAt !== undefined && { oldestAt: held.oldestAt }) },
    }),
    store: facts.store,
    projector: facts.projector,
    ...(facts.build && { build: facts.build }),
    perMinute: facts.rates,
    serverErrors: { lastFiveMinutes: facts.errors.lastMinutes, lastHour: facts.errors.lastHour },
    servers: facts.servers,
    version: VERSION,
    uptimeSeconds,
  };
}

function deviceTotals({ devices, survey }: OverviewFacts): DeviceTotals | undefined {
  if (!devices) return undefined;
  const { at, enrolled, revoked, synced, connected, seenLastDay, silent } = devices;
  return {
    ...{ at, enrolled, revoked, synced, connected, seenLastDay },
    silent: silent.count,
    ...(survey && {
      upToDate: survey.upToDate,
      behind: survey.behind,
      notCounted: survey.notCounted,
      ...(survey.oldestAt !== undefined && { countedAt: survey.oldestAt }),
    }),
  };
}
