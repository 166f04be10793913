/** Everything that the overview is made of, from memory: gathered without a read of the store that it would wait for. */

import type { ProjectorLag } from '../../documents/projection/projector.ts';
import type { BuildProgress } from '../../documents/projection/rebuild.ts';
import type { RoleDatabases } from '../../documents/projection/role-databases.ts';
import type { Store } from '../../store/store.ts';
import type { ClinicHealth } from '../monitoring/clinic-health.ts';
import { clinicsHealth, isUnseen, type KnownFacts } from '../monitoring/clinic-health.ts';
import type { Health } from '../monitoring/health.ts';
import type { DeviceCensus, DeviceSurvey } from '../monitoring/health-census.ts';
import type { DiskSpace } from '../monitoring/health-disk.ts';
import type { OpenHeldCount } from '../monitoring/health-held-writes.ts';
import { countStates, type RoleDatabaseCounts } from '../monitoring/health-metrics.ts';
import type { OverdueCount } from '../monitoring/health-waiting.ts';
import type { SeriesRecorder, SummedPoints } from '../monitoring/series-recorder.ts';
import type { Counter } from '../monitoring/time-series.ts';

/** What the figures of a minute are the mean of: shorter would jump, longer would be old. */
export const RATE_MINUTES = 5;
const HOUR_MINUTES = 60;

export interface ProjectorFacts extends ProjectorLag {
  readonly paused: boolean;
  readonly pausedAt?: string;
}

export interface Rates {
  /** A minute, the mean of the last five. */
  readonly writesAccepted: number;
  readonly writesRefused: number;
  readonly documentsOut: number;
}

export interface OverviewFacts {
  readonly now: string;
  readonly store: { readonly kind: Store['kind']; readonly reachable: boolean; readonly downSince?: string };
  readonly projector: ProjectorFacts;
  readonly readyLagSeconds: number;
  readonly build: { readonly databases: number; readonly done: number; readonly total: number } | undefined;
  readonly errors: { readonly lastMinutes: number; readonly lastHour: number };
  readonly rates: Rates;
  /** How many servers the rates and errors are of. */
  readonly servers: number;
  /** Undefined until they have been counted. */
  readonly held: OpenHeldCount | undefined;
  /** Documents whose patient has not come. */
  readonly overdue: OverdueCount | undefined;
  readonly devices: DeviceCensus | undefined;
  readonly survey: ReturnType<DeviceSurvey['summary']> | undefined;
  readonly disk: DiskSpace | undefined;
  readonly clinics: {
    readonly count: number;
    readonly withDevices: number;
    readonly unseen: number;
    /** When the one was last seen that was not for the longest. */
    readonly unseenSince?: string;
  };
  readonly roleDatabases: RoleDatabaseCounts;
}

export interface OverviewSources {
  readonly storeKind: Store['kind'];
  readonly health: Health;
  readonly series: Pick<SeriesRecorder, 'summedPoints' | 'knownPoints'>;
  readonly survey: Pick<DeviceSurvey, 'summary'> | undefined;
  readonly roleDatabases: Pick<RoleDatabases, 'list' | 'get'>;
  readonly factsOf: (name: string) => KnownFacts | undefined;
  readonly projector: () => ProjectorFacts;
  readonly build: () => BuildProgress | undefined;
  readonly readyLagSeconds: number;
  /** When this server started, milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly nowMs: () => number;
}

export async function gatherFacts(sources: OverviewSources): Promise<OverviewFacts> {
  const { health, series, survey, roleDatabases } = sources;
  const nowMs = sources.nowMs();
  const [devices, disk, overdue] = await Promise.all([
    health.devices.recent(),
    health.disk.space(),
    health.overdue.recent(),
  ]);
  const { reachable, downSince } = health.store.reach();
  const build = sources.build();
  const recent = series.knownPoints('minute');
  return {
    now: new Date(nowMs).toISOString(),
    store: { kind: sources.storeKind, reachable, ...(downSince !== undefined && { downSince }) },
    projector: sources.projector(),
    readyLagSeconds: sources.readyLagSeconds,
    build: build && { databases: build.databases.length, done: build.done, total: build.total },
    errors: {
      lastMinutes: counterSum(recent, 'serverErrors', RATE_MINUTES),
      lastHour: counterSum(recent, 'serverErrors', HOUR_MINUTES),
    },
    rates: ratesOf(recent, nowMs),
    servers: recent.servers,
    held: health.heldWrites.total(),
    overdue,
    devices,
    survey: survey?.summary(),
    disk,
    clinics: clinicFigures(health.clinics.all(), devices, nowMs),
    roleDatabases: countStates(roleDatabases.list()),
  };
}

/** Of every clinic, the worst first. */
export async function gatherClinics(sources: OverviewSources): Promise<ClinicHealth[]> {
  const { health, roleDatabases, factsOf } = sources;
  const census = await health.devices.recent();
  return clinicsHealth({
    clinics: health.clinics.all(),
    devices: census?.byClinic ?? new Map(),
    held: health.heldWrites.byClinic(),
    trafficOf: (slug) => health.traffic.lastHour(slug),
    databaseState: (name) => roleDatabases.get(name),
    factsOf,
    nowMs: sources.nowMs(),
  });
}

function clinicFigures(
  clinics: ReadonlyMap<string, string>,
  devices: DeviceCensus | undefined,
  nowMs: number,
): OverviewFacts['clinics'] {
  const used = [...(devices?.byClinic ?? [])].filter(([slug]) => clinics.has(slug)).map(([, one]) => one);
  const unseen = used.filter((one) => isUnseen(one, nowMs));
  const unseenSince = unseen.map(({ lastSeenAt }) => lastSeenAt).sort()[0];
  return {
    count: clinics.size,
    withDevices: used.length,
    unseen: unseen.length,
    ...(unseenSince !== undefined && { unseenSince }),
  };
}

/** The last of them is the minute that has begun. */
const counterSum = ({ points }: SummedPoints, counter: Counter, minutes: number): number =>
  points.slice(-minutes).reduce((sum, { values }) => sum + (values?.counters[counter] ?? 0), 0);

function ratesOf(recent: SummedPoints, nowMs: number): Rates {
  const minutes = RATE_MINUTES - 1 + Math.max(1 / 60, (nowMs % 60_000) / 60_000);
  const rate = (counter: Counter) => Math.round((counterSum(recent, counter, RATE_MINUTES) / minutes) * 10) / 10;
  return {
    writesAccepted: rate('writesAccepted'),
    writesRefused: rate('writesRefused'),
    documentsOut: rate('documentsOut'),
  };
}
