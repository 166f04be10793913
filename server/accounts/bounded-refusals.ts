/**
 * Refused attempts in the audit log: however many come, an account has two entries a minute. The first one is written at once, those
 * that follow within a minute are counted, and written as one.
 */
import type { AuditEvent, AuditLog } from '../audit/audit-log.ts';
import type { Logger } from '../lib/logger.ts';

const WINDOW_MS = 60_000;
const KINDS = ['login_refused', 'password_change_refused', 'invitation_refused'] as const;
type Refusal = Extract<AuditEvent, { readonly kind: (typeof KINDS)[number] }>;

interface Counted {
  readonly refusal: Refusal;
  readonly timer: NodeJS.Timeout;
  more: number;
}

const isRefusal = (event: AuditEvent): event is Refusal => (KINDS as readonly string[]).includes(event.kind);

export class BoundedRefusals {
  readonly #record: AuditLog['record'];
  readonly #logger: Pick<Logger, 'error'>;
  readonly #counted = new Map<string, Counted>();

  constructor(record: AuditLog['record'], logger: Pick<Logger, 'error'>) {
    this.#record = record;
    this.#logger = logger;
  }

  /** As the audit log records; a server that dies loses the counts of the last minute. */
  readonly record: AuditLog['record'] = async (event, ...stamp) => {
    if (!isRefusal(event)) return this.#record(event, ...stamp);
    const key = `${event.kind} ${event.userId ?? ''}`;
    const counted = this.#counted.get(key);
    if (counted) {
      counted.more++;
      return;
    }
    const timer = setTimeout(() => void this.#end(key), WINDOW_MS).unref();
    this.#counted.set(key, { refusal: event, timer, more: 0 });
    await this.#record(event, ...stamp);
  };

  /** Writes out what was counted. */
  async close(): Promise<void> {
    await Promise.all([...this.#counted.keys()].map((key) => this.#end(key)));
  }

  async #end(key: string): Promise<void> {
    const counted = this.#counted.get(key);
    if (!counted) return;
    clearTimeout(counted.timer);
    this.#counted.delete(key);
    if (counted.more === 0) return;
    await this.#record({ ...counted.refusal, times: counted.more }).catch((error: unknown) =>
      this.#logger.error({ err: error, times: counted.more }, 'refused attempts are missing in the audit log'),
    );
  }
}
