/** Which devices have not been heard of, which are behind, whose clocks are wrong: pure, from what is known of each. */
import type { Device } from '../../accounts/devices.ts';
import type { Pending } from './changes-to-pull.ts';
import type { DeviceView } from './device-activity.ts';
import { overQuotaSince } from './quota-notes.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A tablet that is used at all is charged and near a network once a week, also in an outreach post. */
export const SILENT_MS = 7 * DAY_MS;
/** A working tablet asks at least once a day; one that talks to the server and still does not pull is stuck. */
export const STUCK_MS = DAY_MS;
/** From here on times in records mislead: two entries of one visit may come in the wrong order. */
export const WRONG_CLOCK_MS = 5 * 60_000;

/** What the survey of changes to pull tells; every device's own count may be some minutes old. */
export interface DeviceSurvey {
  of(deviceId: string): { readonly total: Pending; readonly at: string } | undefined;
  summary(): {
    readonly upToDate: number;
    readonly behind: number;
    readonly notCounted: number;
    readonly oldestAt?: string;
  };
}

export interface DeviceGroup {
  readonly count: number;
  /** Since when it is so for the one for which it is so the longest. */
  readonly since?: string;
}

/** Devices that were last used for one clinic. */
export interface ClinicDevices {
  readonly devices: number;
  readonly connected: number;
  readonly lastSeenAt: string;
  readonly silent: number;
  readonly stuck: number;
  /** Changes to pull of all of them together, as far as they are counted. */
  readonly toPull: number;
}

/** Revoked devices count in `revoked` only. */
export interface DeviceCensus {
  /** ISO 8601. */
  readonly at: string;
  readonly enrolled: number;
  readonly revoked: number;
  /** Have synced at least once. A login from a browser or a script enrols a device as well, which never does. */
  readonly synced: number;
  readonly connected: number;
  readonly seenLastDay: number;
  /** Have synced, and have not been heard of for a week. */
  readonly silent: DeviceGroup;
  /** Heard of within the week, with changes to pull, and have not pulled for a day. */
  readonly stuck: DeviceGroup;
  /** Have reached a quota of a server just now. */
  readonly overQuota: DeviceGroup;
  readonly wrongClocks: DeviceGroup & { readonly greatestOffsetMs: number };
  readonly byClinic: ReadonlyMap<string, ClinicDevices>;
}

export function censusOf(
  enrolled: readonly Device[],
  views: readonly DeviceView[],
  survey: Pick<DeviceSurvey, 'of'> | undefined,
  nowMs: number,
): DeviceCensus {
  const times = timesBefore(nowMs);
  const viewOf = new Map(views.map((view) => [view.deviceId, view]));
  const groups = { silent: new Group(), stuck: new Group(), wrongClocks: new Group(), overQuota: new Group() };
  const byClinic = new Map<string, ClinicDevices>();
  const counts = { enrolled: 0, revoked: 0, synced: 0, connected: 0, seenLastDay: 0, greatestOffsetMs: 0 };
  for (const device of enrolled) {
    if (device.revokedAt !== undefined) {
      counts.revoked++;
      continue;
    }
    counts.enrolled++;
    const view = viewOf.get(device.deviceId);
    if (!view) continue;
    counts.synced++;
    const state = stateOf(device, view, survey?.of(device.deviceId)?.total, times);
    if (state.connected) counts.connected++;
    if (state.seenLastDay) counts.seenLastDay++;
    if (state.silent) groups.silent.add(state.lastSeenAt);
    if (state.stuck) groups.stuck.add(state.lastPullAt);
    const overQuota = overQuotaSince(view.quotas, nowMs);
    if (overQuota !== undefined) groups.overQuota.add(overQuota);
    if (state.wrongClock) {
      groups.wrongClocks.add(state.wrongClock.measuredAt);
      if (Math.abs(state.wrongClock.offsetMs) > Math.abs(counts.greatestOffsetMs))
        counts.greatestOffsetMs = state.wrongClock.offsetMs;
    }
    if (state.clinicId !== undefined) byClinic.set(state.clinicId, withDevice(byClinic.get(state.clinicId), state));
  }
  const { greatestOffsetMs, ...rest } = counts;
  return {
    ...rest,
    at: times.now,
    silent: groups.silent.told(),
    stuck: groups.stuck.told(),
    overQuota: groups.overQuota.told(),
    wrongClocks: { ...groups.wrongClocks.told(), greatestOffsetMs },
    byClinic,
  };
}

class Group {
  #count = 0;
  #since: string | undefined;

  add(since: string): void {
    this.#count++;
    if (this.#since === undefined || since < this.#since) this.#since = since;
  }

  told(): DeviceGroup {
    return { count: this.#count, ...(this.#since !== undefined && { since: this.#since }) };
  }
}

type Times = ReturnType<typeof timesBefore>;

/** Times in UTC are in the order of their text: thousands of devices are compared without reading a date. */
function timesBefore(nowMs: number) {
  const ago = (ms: number) => new Date(nowMs - ms).toISOString();
  return { now: ago(0), dayAgo: ago(DAY_MS), silent: ago(SILENT_MS), stuck: ago(STUCK_MS) };
}

type DeviceState = ReturnType<typeof stateOf>;

function stateOf(device: Device, view: DeviceView, toPull: Pending | undefined, times: Times) {
  const { clinicId, connected, clockOffset: offset } = view;
  const lastSeenAt = connected ? times.now : view.lastContactAt;
  const silent = lastSeenAt < times.silent;
  const left = toPull === undefined ? 0 : typeof toPull === 'number' ? toPull : toPull.atLeast;
  // One that never pulled has been due since it was first logged in from.
  const lastPullAt = view.lastPullAt ?? device.firstLoginAt;
  return {
    clinicId,
    connected,
    lastSeenAt,
    lastPullAt,
    silent,
    seenLastDay: lastSeenAt >= times.dayAgo,
    // A silent one is told of as silent: the two do not add up to more devices than there are.
    stuck: !silent && !connected && left > 0 && lastPullAt < times.stuck,
    wrongClock: offset && Math.abs(offset.offsetMs) > WRONG_CLOCK_MS ? offset : undefined,
    left,
  };
}

function withDevice(known: ClinicDevices | undefined, state: DeviceState): ClinicDevices {
  const { devices, connected, lastSeenAt, silent, stuck, toPull } = known ?? {
    devices: 0,
    connected: 0,
    lastSeenAt: '',
    silent: 0,
    stuck: 0,
    toPull: 0,
  };
  return {
    devices: devices + 1,
    connected: connected + Number(state.connected),
    lastSeenAt: lastSeenAt > state.lastSeenAt ? lastSeenAt : state.lastSeenAt,
    silent: silent + Number(state.silent),
    stuck: stuck + Number(state.stuck),
    toPull: toPull + state.left,
  };
}
