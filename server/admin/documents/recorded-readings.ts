/** Which readings are in the audit log already: an open page reads again whenever something changes, and sees nothing new. */
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
  readonly #recordedAtMs = new Map<string, number>();

  constructor(options: RecordedReadingsOptions) {
    this.#options = options;
  }

  /** Records the reading, but for one of the same person and the same content within the hour. */
  async record(reading: Reading, content: string): Promise<void> {
    const key = JSON.stringify([reading.by, reading.documentId, reading.rev, content]);
    const nowMs = this.#options.nowMs();
    if (nowMs - (this.#recordedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < REMEMBERED_MS) return;
    await this.#options.record(reading);
    this.#recordedAtMs.delete(key);
    this.#recordedAtMs.set(key, nowMs);
    const [oldest] = this.#recordedAtMs.size > MAX_REMEMBERED ? this.#recordedAtMs.keys() : [];
    if (oldest !== undefined) this.#recordedAtMs.delete(oldest);
  }
}
