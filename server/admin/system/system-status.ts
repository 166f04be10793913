/** The state of this server and of what it stands on, as it is answered to administrators. Each part may fail without the others. */
import { cpus, hostname, loadavg, totalmem } from 'node:os';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { ProjectorLag } from '../../documents/projection/projector.ts';
import { folderBytes } from '../../lib/folder-bytes.ts';
import { VERSION } from '../../lib/version.ts';
import { within } from '../../lib/within.ts';
import type { Store } from '../../store/store.ts';
import { readPart, type StatusPart, type StoreStatus } from '../../store/store-status.ts';
import type { DiskSpace } from '../monitoring/health-disk.ts';
import type { StoreReach } from '../monitoring/health-store.ts';
import type { OtherServer } from '../monitoring/other-servers.ts';

const EVENT_LOOP_RESOLUTION_MS = 20;
/** What the delay is told of: long enough to show a pause, short enough to be about now. */
const EVENT_LOOP_WINDOW_MS = 60_000;
const CPU_WINDOW_MS = 10_000;
const INDEX_MAX_AGE_MS = 60_000;
/** Longer than any part takes that answers at all. */
const PART_TIMEOUT_MS = 3_000;

export interface SystemView {
  readonly at: string;
  readonly version: string;
  readonly nodeVersion: string;
  readonly serverId: string;
  readonly hostname: string;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly memory: {
    readonly rssBytes: number;
    readonly heapUsedBytes: number;
    readonly heapTotalBytes: number;
    readonly machineBytes: number;
  };
  /** Of one core: 1 is one core all the time. */
  readonly cpu: { readonly cores: number; readonly usedCores: number; readonly loadAverage: number };
  /** How late a timer runs, milliseconds, within about the last minute. */
  readonly eventLoop: { readonly meanDelayMs: number; readonly p99DelayMs: number; readonly maxDelayMs: number };
  readonly projector: Pick<ProjectorLag, 'pending' | 'lagSeconds' | 'failing'>;
  readonly reach: StoreReach;
  readonly store: StatusPart<StoreStatus>;
  readonly dataFolder: { readonly path: string; readonly disk?: DiskSpace; readonly index: StatusPart<number> };
  readonly otherServers: StatusPart<readonly OtherServer[]>;
}

export interface SystemSources {
  readonly store: Pick<Store, 'status'>;
  readonly reach: () => StoreReach;
  readonly disk: () => Promise<DiskSpace | undefined>;
  readonly lag: () => ProjectorLag;
  readonly otherServers: () => Promise<readonly OtherServer[]>;
  readonly serverId: string;
  readonly dataDir: string;
  readonly indexFolder: string;
  readonly startedAtMs: number;
  readonly nowMs: () => number;
}

export class SystemStatus {
  readonly #sources: SystemSources;
  readonly #delay: IntervalHistogram;
  readonly #timers: readonly NodeJS.Timeout[];
  #cpuBefore = { usage: process.cpuUsage(), atMs: performance.now() };
  #usedCores = 0;
  #index: { readonly readAtMs: number; readonly part: Promise<StatusPart<number>> } | undefined;

  constructor(sources: SystemSources) {
    this.#sources = sources;
    this.#delay = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS });
    this.#delay.enable();
    this.#timers = [
      setInterval(() => this.#delay.reset(), EVENT_LOOP_WINDOW_MS).unref(),
      setInterval(() => this.#measureCpu(), CPU_WINDOW_MS).unref(),
    ];
  }

  async read(): Promise<SystemView> {
    const { store, reach, disk, lag, otherServers, serverId, dataDir, startedAtMs, nowMs } = this.#sources;
    const [status, space, index, others] = await Promise.all([
      readPart(() => inTime(store.status())),
      disk(),
      this.#readIndex(),
      readPart(
        () => inTime(otherServers()),
        () => 'The store did not answer',
      ),
    ]);
    const { pending, lagSeconds, failing } = lag();
    return {
      at: new Date(nowMs()).toISOString(),
      version: VERSION,
      nodeVersion: process.version,
      serverId,
      hostname: hostname(),
      startedAt: new Date(startedAtMs).toISOString(),
      uptimeSeconds: Math.max(0, Math.floor((nowMs() - startedAtMs) / 1_000)),
      memory: memoryNow(),
      cpu: { cores: cpus().length, usedCores: this.#usedCores, loadAverage: rounded(loadavg()[0] ?? 0) },
      eventLoop: this.#eventLoop(),
      projector: { pending, lagSeconds, failing },
      reach: reach(),
      store: status,
      dataFolder: { path: dataDir, ...(space && { disk: space }), index },
      otherServers: others,
    };
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#delay.disable();
  }

  #measureCpu(): void {
    const { usage, atMs } = this.#cpuBefore;
    const { user, system } = process.cpuUsage(usage);
    const nowMs = performance.now();
    this.#usedCores = rounded((user + system) / 1_000 / (nowMs - atMs));
    this.#cpuBefore = { usage: process.cpuUsage(), atMs: nowMs };
  }

  #eventLoop(): SystemView['eventLoop'] {
    // What is measured are the times between two runs of a timer; the rest is delay, in nanoseconds.
    const delayMs = (ns: number) =>
      Number.isFinite(ns) ? rounded(Math.max(0, ns / 1e6 - EVENT_LOOP_RESOLUTION_MS)) : 0;
    const { mean, max } = this.#delay;
    return { meanDelayMs: delayMs(mean), p99DelayMs: delayMs(this.#delay.percentile(99)), maxDelayMs: delayMs(max) };
  }

  #readIndex(): Promise<StatusPart<number>> {
    const nowMs = performance.now();
    if (!this.#index || nowMs - this.#index.readAtMs > INDEX_MAX_AGE_MS)
      this.#index = { readAtMs: nowMs, part: readPart(() => folderBytes(this.#sources.indexFolder)) };
    return this.#index.part;
  }
}

function memoryNow(): SystemView['memory'] {
  const { rss, heapUsed, heapTotal } = process.memoryUsage();
  return { rssBytes: rss, heapUsedBytes: heapUsed, heapTotalBytes: heapTotal, machineBytes: totalmem() };
}

const inTime = <T>(reading: Promise<T>): Promise<T> =>
  within(reading, PART_TIMEOUT_MS, () => {
    throw new Error('The store did not answer in time');
  });

const rounded = (value: number): number => Math.round(value * 100) / 100;
