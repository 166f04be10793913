/**
 * All devices, counted: how many there are, which have not been heard of, which are behind. One pass over what is in memory
 * serves everyone who asks within a second or two, and the last one serves while the store does not answer.
 */
import type { Device } from '../../accounts/devices.ts';
import { RecentValue } from '../../lib/recent-value.ts';
import type { DeviceView } from './device-activity.ts';
import { censusOf, type DeviceCensus, type DeviceSurvey } from './health-census.ts';

const MAX_AGE_MS = 1_000;
const MAX_WAIT_MS = 2_000;

export interface DeviceCountsOptions {
  readonly devices: { list(): readonly Device[] };
  readonly activity: { list(): Promise<readonly DeviceView[]> };
  readonly survey: DeviceSurvey | undefined;
  readonly nowMs: () => number;
}

export class DeviceCounts {
  readonly #census: RecentValue<DeviceCensus>;

  constructor({ devices, activity, survey, nowMs }: DeviceCountsOptions) {
    const read = async () => censusOf(devices.list(), await activity.list(), survey, nowMs());
    this.#census = new RecentValue({ read, nowMs, maxAgeMs: MAX_AGE_MS, maxWaitMs: MAX_WAIT_MS });
  }

  /** A recent count; the last one where the store does not answer, undefined where there never was one. Never throws. */
  recent(): Promise<DeviceCensus | undefined> {
    return this.#census.get();
  }
}
