/**
 * How much each device still has to pull, as it was last counted: a loop goes through the devices whose feeds moved or whose
 * role databases changed, one database at a time, and rests as long as it counts. What it tells is right a moment
 * after the last change; whoever needs the number of this moment asks PendingChanges.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { databasesOfPrincipal } from '../../../sync-rules/role-database.ts';
import type { RoleDatabases } from '../../documents/projection/role-databases.ts';
import { BackgroundLoop } from '../../lib/background-loop.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Store } from '../../store/store.ts';
import { type Pending, type PendingChanges, principalOf, sumOf } from './changes-to-pull.ts';
import type { DeviceActivity, DeviceView } from './device-activity.ts';
import type { DatabaseActivity } from './device-record.ts';

/** Between two looks at all devices, in milliseconds; so often is news told at most. */
const ROUND_MS = 1_000;
/** What other servers noted is looked at this often, in milliseconds. */
const IDLE_MS = 10_000;
const UNITS_PER_ROUND = 200;
const DEVICES_PER_UNIT = 100;
const LONGEST_REST_MS = 500;

export interface Surveyed {
  readonly total: Pending;
  /** When the oldest of the counts that it is the sum of was taken. It still holds where nothing has happened since. */
  readonly at: string;
}

/** Of the devices that synced at least once and are not revoked. */
export interface SurveySummary {
  readonly upToDate: number;
  readonly behind: number;
  /** Not looked at yet since the server started. */
  readonly notCounted: number;
  /** When the oldest count was taken. */
  readonly oldestAt?: string;
}

export interface PendingSurveyOptions {
  readonly pending: Pick<PendingChanges, 'inDatabase'>;
  readonly activity: Pick<DeviceActivity, 'list' | 'onMoved'>;
  readonly roleDatabases: Pick<RoleDatabases, 'serving' | 'onSwitch'>;
  readonly store: Pick<Store, 'onUpdate'>;
  /** When the device was told to pull everything anew. */
  readonly replicaOrderOf: (deviceId: string) => string | undefined;
  readonly isRevoked: (deviceId: string) => boolean;
  readonly logger: Pick<Logger, 'error' | 'info'>;
  readonly nowMs: () => number;
  readonly roundMs?: number;
}

/** What one device has to pull of one database. */
interface Count {
  /** Absent while the database is being built. */
  readonly pending: Pending | undefined;
  readonly at: string;
  /** Where its feeds were. */
  readonly place: string;
  /** The database has changed since. */
  readonly outdated?: true;
}

interface Unit {
  readonly database: string;
  readonly devices: readonly DeviceView[];
  /** When the oldest count of them was taken; empty where there is none. */
  readonly oldestAt: string;
}

interface Known {
  /** Who used it, which says what its databases are. */
  readonly reader: string;
  readonly names: readonly string[];
  readonly counts: Map<string, Count>;
  surveyed: Surveyed | undefined;
  /** Of the last look at it, where nothing was to be counted then: most devices have not moved since. */
  settled: { readonly databases: DeviceView['databases']; readonly order: string | undefined } | undefined;
}

export class PendingSurvey {
  readonly #options: PendingSurveyOptions;
  readonly #loop: BackgroundLoop;
  readonly #known = new Map<string, Known>();
  /** Role databases by the physical ones that served them when they were last counted. */
  readonly #names = new Map<string, string>();
  readonly #changed = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: readonly (() => void)[];
  #roundAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: PendingSurveyOptions) {
    this.#options = options;
    const { activity, roleDatabases, store, logger } = options;
    this.#loop = new BackgroundLoop({
      name: 'survey of changes to pull',
      step: (signal) => this.#round(signal),
      idleMs: IDLE_MS,
      logger,
    });
    this.#unsubscribe = [
      activity.onMoved(() => this.#loop.wake()),
      roleDatabases.onSwitch((name) => this.#hasChanged(name)),
      store.onUpdate((physical) => this.#hasChanged(this.#names.get(physical))),
    ];
  }

  start(): void {
    this.#loop.start();
  }

  /** Undefined where it was not counted yet, or never synced. */
  of(deviceId: string): Surveyed | undefined {
    return this.#known.get(deviceId)?.surveyed;
  }

  summary(): SurveySummary {
    let [upToDate, behind, notCounted, oldestAt] = [0, 0, 0, ''];
    for (const [deviceId, { surveyed }] of this.#known) {
      if (this.#options.isRevoked(deviceId)) continue;
      if (!surveyed) notCounted++;
      else if (surveyed.total === 0) upToDate++;
      else behind++;
      if (surveyed && (oldestAt === '' || surveyed.at < oldestAt)) oldestAt = surveyed.at;
    }
    return { upToDate, behind, notCounted, ...(oldestAt !== '' && { oldestAt }) };
  }

  /** Calls `listener` after counts came out different, about once a second at most. It must not throw. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#loop.stop();
  }

  #hasChanged(name: string | undefined): void {
    if (name === undefined) return;
    this.#changed.add(name);
    this.#loop.wake();
  }

  /** Answers whether something is left to count. */
  async #round(signal: AbortSignal): Promise<boolean> {
    await rest(this.#roundAtMs + (this.#options.roundMs ?? ROUND_MS) - performance.now(), signal);
    if (signal.aborted) return false;
    this.#roundAtMs = performance.now();
    const units = this.#unitsOf(await this.#options.activity.list());
    let isNews = false;
    try {
      for (const unit of units.slice(0, UNITS_PER_ROUND)) {
        if (signal.aborted) return false;
        const beganAtMs = performance.now();
        isNews = (await this.#count(unit)) || isNews;
        await rest(Math.min(LONGEST_REST_MS, performance.now() - beganAtMs), signal);
      }
    } finally {
      if (isNews) for (const listener of this.#listeners) listener();
    }
    return units.length > UNITS_PER_ROUND;
  }

  /** What is to be counted, that which was left longest first. */
  #unitsOf(views: readonly DeviceView[]): Unit[] {
    const due = new Map<string, { devices: DeviceView[]; oldestAt: string }>();
    const changed = new Set(this.#changed);
    this.#changed.clear();
    const seen = new Set<string>();
    for (const view of views) {
      seen.add(view.deviceId);
      const known = this.#knownOf(view);
      const { names, counts } = known;
      const order = this.#options.replicaOrderOf(view.deviceId);
      const isSettled = known.settled?.databases === view.databases && known.settled.order === order;
      if (isSettled && (changed.size === 0 || !names.some((name) => changed.has(name)))) continue;
      known.settled = { databases: view.databases, order };
      for (const name of names) {
        const count = counts.get(name);
        if (count && changed.has(name)) counts.set(name, { ...count, outdated: true });
        if (count && !changed.has(name) && !count.outdated && count.place === this.#placeOf(view, name)) continue;
        known.settled = undefined;
        const group = due.get(name) ?? { devices: [], oldestAt: count?.at ?? '' };
        group.devices.push(view);
        if ((count?.at ?? '') < group.oldestAt) group.oldestAt = count?.at ?? '';
        due.set(name, group);
      }
    }
    for (const deviceId of this.#known.keys()) if (!seen.has(deviceId)) this.#known.delete(deviceId);
    return [...due].flatMap(([database, group]) => unitsOf(database, group)).sort(byAge);
  }

  /** A device that is used by somebody else, or for another clinic, has other databases. */
  #knownOf(view: DeviceView): Known {
    const reader = `${view.owner} ${view.role} ${view.clinicId} ${view.patientId}`;
    const known = this.#known.get(view.deviceId);
    if (known?.reader === reader) return known;
    const names = databasesOfPrincipal(principalOf(view)).map(({ name }) => name);
    const fresh: Known = { reader, names, counts: new Map(), surveyed: undefined, settled: undefined };
    this.#known.set(view.deviceId, fresh);
    return fresh;
  }

  #placeOf({ deviceId, databases }: DeviceView, name: string): string {
    return `${this.#options.replicaOrderOf(deviceId) ?? ''} ${placeOf(databases[name])}`;
  }

  /** Answers whether a number came out different. */
  async #count({ database, devices }: Unit): Promise<boolean> {
    const { pending, roleDatabases, nowMs } = this.#options;
    // Known before it is read: what changes while it is read is told.
    const source = await roleDatabases.serving(database);
    if (source) this.#names.set(source.name, database);
    const at = new Date(nowMs()).toISOString();
    const places = devices.map((view) => this.#placeOf(view, database));
    const counted = await pending.inDatabase(database, devices);
    let isNews = false;
    for (const [n, view] of devices.entries()) {
      const known = this.#known.get(view.deviceId);
      if (!known) continue;
      const before = known.counts.get(database);
      isNews ||= !before || !samePending(before.pending, counted[n]);
      known.counts.set(database, { pending: counted[n], at, place: places[n] ?? '' });
      known.surveyed = surveyedOf(known);
    }
    return isNews;
  }
}

function surveyedOf({ names, counts }: Known): Surveyed | undefined {
  const all = names.map((name) => counts.get(name));
  if (!all.every((count) => count !== undefined)) return undefined;
  const total = sumOf(all.flatMap(({ pending }) => (pending === undefined ? [] : [pending])));
  return { total, at: all.reduce((oldest, { at }) => (oldest === '' || at < oldest ? at : oldest), '') };
}

function placeOf(activity: DatabaseActivity | undefined): string {
  if (!activity) return '';
  const { reads = '', feeds } = activity;
  const positions = Object.entries(feeds).map(([type, { source, position }]) => `${type} ${source} ${position}`);
  return `${reads} ${positions.sort().join()}`;
}

function unitsOf(database: string, { devices, oldestAt }: Omit<Unit, 'database'>): Unit[] {
  const units: Unit[] = [];
  for (let at = 0; at < devices.length; at += DEVICES_PER_UNIT) {
    units.push({ database, devices: devices.slice(at, at + DEVICES_PER_UNIT), oldestAt });
  }
  return units;
}

const byAge = (a: Unit, b: Unit): number => (a.oldestAt < b.oldestAt ? -1 : a.oldestAt > b.oldestAt ? 1 : 0);

const samePending = (a: Pending | undefined, b: Pending | undefined): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && a.atLeast === b.atLeast);

/** Ends early, and quietly, where the signal is aborted. */
async function rest(durationMs: number, signal: AbortSignal): Promise<void> {
  if (durationMs > 0 && !signal.aborted) await sleep(durationMs, undefined, { signal }).catch(() => {});
}
