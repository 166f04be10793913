/** Which readings are in the audit log already: an open page reads again whenever something changes, and sees nothing new. */
import { LRUCache } from 'lru-cache';
import type { InspectionEvent } from '../../audit/inspection-events.ts';

type Reading = Extract<InspectionEvent, { kind: 'document_inspected' }>;

export interface RecordedReadingsOptions {
  readonly record: (event: InspectionEvent) => Promise<void>;
  readonly nowMs: () => number;
}

const REMEMBERED_MS = 3_600_000;
const MAX_REMEMBERED = 10_000;

export class RecordedReadings {
  readonly #options: RecordedReadingsOptions;
  readonly #recorded: LRUCache<string, true>;

  constructor(options: RecordedReadingsOptions) {
    this.#options = options;
    const { nowMs: now } = options;
    this.#recorded = new LRUCache({ max: MAX_REMEMBERED, ttl: REMEMBERED_MS, ttlResolution: 0, perf: { now } });
  }

  /** Records the reading, but for one of the same person and the same content within the hour. */
  async record(reading: Reading, content: string): Promise<void> {
    const key = JSON.stringify([reading.by, reading.documentId, reading.rev, content]);
    if (this.#recorded.has(key)) return;
    await this.#options.record(reading);
    this.#recorded.set(key, true);
  }
}
