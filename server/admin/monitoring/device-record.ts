/** What is known of one device: who uses it, where it is, and how much it sent and was sent. */
import type { Role } from '../../../shared-schemas/roles.ts';
import type { FeedPosition } from './confirmed-position.ts';
import { mergeQuotas, type QuotaNotes } from './quota-notes.ts';

/** The feed of all types, which PouchDB reads. */
export const WHOLE_FEED = '*';

export interface DatabaseActivity {
  /** Bodies, without headers. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly documentsIn: number;
  /** A document that was sent twice counts twice. */
  readonly documentsOut: number;
  /** Of `documentsIn`. */
  readonly refused: number;
  /** When it last asked for changes: of two servers' notes, the later ones say how it reads. */
  readonly askedAt?: string;
  /** Whether it last asked for all types in one feed (PouchDB), or type by type (RxDB). */
  readonly reads?: 'whole' | 'types';
  /** By type; that of PouchDB under WHOLE_FEED. */
  readonly feeds: Readonly<Record<string, FeedPosition>>;
}

export interface ClockOffset {
  /** Milliseconds that the device's clock was ahead of the server's; negative where it was behind. */
  readonly offsetMs: number;
  readonly measuredAt: string;
}

export interface DeviceRecord {
  readonly deviceId: string;
  /** User id of who used it last. */
  readonly owner: string;
  readonly role: Role;
  readonly clinicId?: string;
  readonly patientId?: string;
  /** As it names itself (User-Agent), shortened. */
  readonly client?: string;
  readonly firstContactAt: string;
  readonly lastContactAt: string;
  /** When it last asked for changes, or was sent some. */
  readonly lastPullAt?: string;
  readonly lastPushAt?: string;
  readonly clockOffset?: ClockOffset;
  /** When it last sent a revision whose name tells who tries what is in it. */
  readonly namedByContentAt?: string;
  /** What it reached of what it may have of a server; also what is over. */
  readonly quotas?: QuotaNotes;
  /** By the name of the role database. */
  readonly databases: Readonly<Record<string, DatabaseActivity>>;
}

export const NO_ACTIVITY: DatabaseActivity = {
  bytesIn: 0,
  bytesOut: 0,
  documentsIn: 0,
  documentsOut: 0,
  refused: 0,
  feeds: {},
};

const MAX_CLIENT_LENGTH = 100;

/** A User-Agent, which is whatever a client sends, as a short line of printable ASCII. */
export function clientName(userAgent: string | undefined): string | undefined {
  const name = (userAgent ?? '')
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_CLIENT_LENGTH)
    .trim();
  return name === '' ? undefined : name;
}

/** The notes of two servers about one device. Counters add up; of everything else the latest holds. */
export function mergeRecords(a: DeviceRecord, b: DeviceRecord): DeviceRecord {
  const [older, newer] = a.lastContactAt <= b.lastContactAt ? [a, b] : [b, a];
  const lastPullAt = later(a.lastPullAt, b.lastPullAt);
  const lastPushAt = later(a.lastPushAt, b.lastPushAt);
  const namedByContentAt = later(a.namedByContentAt, b.namedByContentAt);
  const clockOffset = latest(a.clockOffset, b.clockOffset, ({ measuredAt }) => measuredAt);
  const quotas = mergeQuotas(a.quotas, b.quotas);
  return {
    ...newer,
    firstContactAt: older.firstContactAt < newer.firstContactAt ? older.firstContactAt : newer.firstContactAt,
    ...(lastPullAt && { lastPullAt }),
    ...(lastPushAt && { lastPushAt }),
    ...(clockOffset && { clockOffset }),
    ...(namedByContentAt && { namedByContentAt }),
    ...(quotas && { quotas }),
    databases: mergeBy(a.databases, b.databases, mergeActivity),
  };
}

function mergeActivity(a: DatabaseActivity, b: DatabaseActivity): DatabaseActivity {
  const newer = (a.askedAt ?? '') > (b.askedAt ?? '') ? a : b;
  return {
    ...newer,
    bytesIn: a.bytesIn + b.bytesIn,
    bytesOut: a.bytesOut + b.bytesOut,
    documentsIn: a.documentsIn + b.documentsIn,
    documentsOut: a.documentsOut + b.documentsOut,
    refused: a.refused + b.refused,
    feeds: mergeBy(a.feeds, b.feeds, (one, other) => (one.notedAt > other.notedAt ? one : other)),
  };
}

function mergeBy<T>(
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
  merge: (one: T, other: T) => T,
): Record<string, T> {
  const merged = new Map(Object.entries(a));
  for (const [key, value] of Object.entries(b)) {
    const known = merged.get(key);
    merged.set(key, known === undefined ? value : merge(known, value));
  }
  return Object.fromEntries(merged);
}

const later = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;

function latest<T>(a: T | undefined, b: T | undefined, timeOf: (value: T) => string): T | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return timeOf(a) > timeOf(b) ? a : b;
}
