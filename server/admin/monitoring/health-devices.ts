/**
 * All devices, counted: how many there are, which have not been heard of, which are behind. One pass over what is in memory
 * serves everyone who asks within a second or two, and the last one serves while the store does not answer.
 */
import type { Device } from '../../accounts/devices.ts';
import { within } from '../../lib/within.ts';
import type { DeviceView } from './device-activity.ts';
import { censusOf, type DeviceCensus, type DeviceSurvey } from './health-census.ts';

/** A count is as old as this at most, unless the store does not answer. */
const MAX_AGE_MS = 1_000;
/** How long a request waits for a count: then it takes the one before. */
const MAX_WAIT_MS = 2_000;

export interface DeviceCountsOptions {
  readonly devices: { list(): readonly Device[] };
  readonly activity: { list(): Promise<readonly DeviceView[]> };
  readonly survey: DeviceSurvey | undefined;
  readonly nowMs: () => number;
}

export class DeviceCounts {
  readonly #options: DeviceCountsOptions;
  #known: DeviceCensus | undefined;
  #counting: Promise<DeviceCensus> | undefined;

  constructor(options: DeviceCountsOptions) {
    this.#options = options;
  }

  /** A recent count; the last one where the store does not answer, undefined where there never was one. Never throws. */
  async recent(): Promise<DeviceCensus | undefined> {
    const known = this.#known;
    if (known && this.#options.nowMs() - Date.parse(known.at) < MAX_AGE_MS) return known;
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined;
    });
    const counting = this.#counting.catch(() => this.#known);
    return within(counting, MAX_WAIT_MS, () => this.#known);
  }

  async #count(): Promise<DeviceCensus> {
    const { devices, activity, survey, nowMs } = this.#options;
    const views = await activity.list();
    this.#known = censusOf(devices.list(), views, survey, nowMs());
    return this.#known;
  }
}
