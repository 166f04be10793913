/**
 * Who did what and when, for good: entries are added and never changed. They hold ids and facts, never patient data,
 * passwords, tokens, or ids of sessions.
 */
import { newUlid } from '../../shared-schemas/ids.ts';
import { childRevision } from '../store/revisions.ts';
import type { Database } from '../store/store.ts';
import type { AuthEvent } from './account-events.ts';
import type { DeviceEvent } from './device-events.ts';
import type { ErasureEvent } from './erasure-events.ts';
import type { ExportEvent } from './export-events.ts';
import type { InspectionEvent } from './inspection-events.ts';
import type { ReplicationEvent } from './replication-events.ts';
import type { ReviewEvent } from './review-events.ts';
import { withMarks } from './session-mark.ts';

export type AuditEvent =
  | AuthEvent
  | DeviceEvent
  | ErasureEvent
  | ExportEvent
  | InspectionEvent
  | ReplicationEvent
  | ReviewEvent;
export type AuditKind = AuditEvent['kind'];

/** Tells an entry apart from all others, and when it was made. */
export interface AuditStamp {
  /** A ULID: later entries have greater ones. */
  readonly auditId: string;
  /** ISO 8601. */
  readonly at: string;
}

export type AuditEntry = AuditEvent & AuditStamp;

export interface AuditListRequest {
  /** At least 1. */
  readonly limit: number;
  /** The `nextCursor` of the page before. */
  readonly before?: string | undefined;
  readonly kind?: AuditKind | undefined;
  /** Whom it is about, or who did it. */
  readonly userId?: string | undefined;
}

export interface AuditPage {
  /** Newest first. Fewer than asked for, or none, where many entries in a row do not match. */
  readonly items: readonly AuditEntry[];
  /** Where to go on; absent where there is nothing older. */
  readonly nextCursor?: string;
}

const PREFIX = 'audit:';
const SCAN = 200;
/** Entries looked at for one page. */
const MAX_SCAN = 10_000;

export class AuditLog {
  readonly #database: Database;
  readonly #nowMs: () => number;
  #lastMs = 0;

  constructor(database: Database, nowMs: () => number = Date.now) {
    this.#database = database;
    this.#nowMs = nowMs;
  }

  /** A stamp for an entry that is to be made later, perhaps by the next process: recording it twice makes one entry. */
  stamp(): AuditStamp {
    const nowMs = this.#nowMs();
    // Entries of one process keep their order, also within a millisecond and where the clock is set back.
    this.#lastMs = Math.max(nowMs, this.#lastMs + 1);
    return { auditId: newUlid(this.#lastMs), at: new Date(nowMs).toISOString() };
  }

  /** Adds an entry, durably. A function, to be handed on as a hook. */
  readonly record = async (event: AuditEvent, { auditId, at }: AuditStamp = this.stamp()): Promise<void> => {
    await this.#database.write([childRevision(undefined, `${PREFIX}${auditId}`, { ...event, auditId, at })]);
  };

  async list({ limit, before, kind, userId }: AuditListRequest): Promise<AuditPage> {
    const items: AuditEntry[] = [];
    let cursor = before;
    for (let scanned = 0; scanned < MAX_SCAN; scanned += SCAN) {
      const rows = await this.#olderThan(cursor);
      for (const entry of rows) {
        cursor = entry.auditId;
        if (matches(entry, kind, userId)) items.push(entry);
        if (items.length === limit) return { items, nextCursor: cursor };
      }
      if (rows.length < SCAN) return { items };
    }
    return { items, ...(cursor !== undefined && { nextCursor: cursor }) };
  }

  async #olderThan(auditId: string | undefined): Promise<AuditEntry[]> {
    const after = auditId === undefined ? {} : { after: `${PREFIX}${auditId}` };
    const rows = await this.#database.range({ prefix: PREFIX, ...after, limit: SCAN, descending: true });
    return rows.map(({ body }) => withMarks(body) as unknown as AuditEntry);
  }
}

function matches(entry: AuditEntry, kind: AuditKind | undefined, userId: string | undefined): boolean {
  if (kind !== undefined && entry.kind !== kind) return false;
  return userId === undefined || [about(entry), by(entry)].includes(userId);
}

const about = (entry: AuditEntry): string | undefined => ('userId' in entry ? entry.userId : undefined);
const by = (entry: AuditEntry): string | undefined => ('by' in entry ? entry.by : undefined);
