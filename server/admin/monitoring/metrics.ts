/**
 * The server's numbers for Prometheus. Labels have few values: none names a device, a person, a patient or a clinic. Each
 * server has a registry of its own.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ProjectorLag } from '../../documents/projection/projector.ts';
import type { BuildProgress } from '../../documents/projection/rebuild.ts';
import type { SyncObserver } from '../../gateway/sync-observer.ts';
import type { MeteredRequest } from '../../http/request-meter.ts';

export const DEVICE_WINDOW_MS = 5 * 60_000;

type Awaitable<T> = T | Promise<T>;

/** What is read when the metrics are asked for. None may throw. */
export interface MetricsSources {
  readonly lag: () => ProjectorLag;
  readonly build: () => BuildProgress | undefined;
  readonly openFeeds: () => number;
  /** Devices that made contact in the last five minutes. */
  readonly devicesSeen: () => number;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<'kind' | 'status'>;
  readonly #documents: Counter<'direction'>;
  readonly #bytes: Counter<'direction'>;
  readonly #refused: Counter<'code'>;
  readonly #quotas: Counter<'quota'>;

  constructor(sources: MetricsSources) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Counter({
      name: 'vitasync_http_requests_total',
      help: 'Requests that ended, by kind of route and class of status',
      labelNames: ['kind', 'status'],
      registers,
    });
    this.#documents = new Counter({
      name: 'vitasync_sync_documents_total',
      help: 'Documents that devices pushed (in, refused ones included) and were sent (out)',
      labelNames: ['direction'],
      registers,
    });
    this.#bytes = new Counter({
      name: 'vitasync_http_body_bytes_total',
      help: 'Bytes of request bodies (in) and answers (out)',
      labelNames: ['direction'],
      registers,
    });
    this.#refused = new Counter({
      name: 'vitasync_sync_refused_writes_total',
      help: 'Writes of devices that the rules refused, by the code of the rule',
      labelNames: ['code'],
      registers,
    });
    this.#quotas = new Counter({
      name: 'vitasync_sync_quotas_reached_total',
      help: 'Times that a device asked for more than it may have of this server',
      labelNames: ['quota'],
      registers,
    });
    this.#addGauges(sources);
  }

  /** To be handed to the gateway. */
  readonly observe: SyncObserver = (_contact, event) => {
    if (event.kind === 'documents_sent') this.#documents.inc({ direction: 'out' }, event.count);
    if (event.kind === 'quota_reached') this.#quotas.inc({ quota: event.quota });
    if (event.kind !== 'documents_pushed') return;
    this.#documents.inc({ direction: 'in' }, event.count);
    for (const code of event.refused) this.#refused.inc({ code });
  };

  /** To be handed to the request meter. */
  readonly requestEnded = ({ kind, status, bytesIn, bytesOut }: MeteredRequest): void => {
    this.#requests.inc({ kind, status: `${Math.floor(status / 100)}xx` });
    this.#bytes.inc({ direction: 'in' }, bytesIn);
    this.#bytes.inc({ direction: 'out' }, bytesOut);
  };

  /** Of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #addGauges({ lag, build, openFeeds, devicesSeen }: MetricsSources): void {
    this.addGauge(
      'projector_lag_seconds',
      'Time since the projector was last caught up, in seconds',
      () => lag().lagSeconds,
    );
    this.addGauge('projector_lag_revisions', 'Changes that the projector has not looked at', () => lag().pending);
    this.addGauge('projector_failing', '1 while the projector fails and tries again', () => Number(lag().failing));
    this.addGauge('sync_open_feeds', 'Live feeds of devices that are waiting', openFeeds);
    this.addGauge('devices_seen', 'Devices that made contact in the last five minutes', devicesSeen);
    this.addGauge('builds_running', 'Role databases that are being built', () => build()?.databases.length ?? 0);
    this.addGauge('build_progress_ratio', 'How much of the build under way is done; 1 where there is none', () => {
      const { done, total } = build() ?? { done: 0, total: 0 };
      return total === 0 ? 1 : done / total;
    });
  }

  /** `read` is asked whenever the metrics are; it must not throw. What is not known is not a number. */
  addGauge(name: string, help: string, read: () => Awaitable<number | undefined>): void {
    const gauge: Gauge = new Gauge({
      name: `vitasync_${name}`,
      help,
      registers: [this.#registry],
      collect: async () => gauge.set((await read()) ?? Number.NaN),
    });
  }

  /** As addGauge, with one value for each value of a label, of which there are few. */
  addLabelledGauge(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    const gauge: Gauge = new Gauge({
      name: `vitasync_${name}`,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect: () => {
        for (const [value, count] of Object.entries(read())) gauge.set({ [label]: value }, count);
      },
    });
  }
}
