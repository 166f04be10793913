/** How each clinic is: pure, from what is in memory. */
import { CLINIC_ROLES } from '../../../shared-schemas/roles.ts';
import { databasesOfClinic } from '../../../sync-rules/role-database.ts';
import type { RoleDatabaseState } from '../../documents/projection/role-databases.ts';
import type { Traffic } from './clinic-traffic.ts';
import type { ClinicDevices } from './health-census.ts';

const HOUR_MS = 3_600_000;
/** A clinic that works syncs every day; a long weekend is three. */
export const CLINIC_UNSEEN_MS = 3 * 24 * HOUR_MS;
/** After a week nobody there can be up to date: someone has to call. */
export const CLINIC_LOST_MS = 7 * 24 * HOUR_MS;

/** The worst first. */
export const CLINIC_STATES = ['problem', 'attention', 'quiet', 'ok'] as const;
/** `quiet`: no device has synced for it yet. */
export type ClinicState = (typeof CLINIC_STATES)[number];

/** What is known of a role database, and when it was read. */
export interface KnownFacts {
  readonly documents: number;
  readonly bytes: number;
  readonly updateSeq: string;
  readonly readAt: string;
}

/** Documents, bytes, sequence. */
export type DatabaseFigures = readonly [number, number, number];

/** Short, as there may be a thousand of them in one answer: what is nothing is left out. */
export interface ClinicHealth {
  readonly slug: string;
  readonly name: string;
  readonly state: ClinicState;
  /** In words; absent where all is well. */
  readonly why?: string;
  readonly devices: number;
  readonly connected: number;
  readonly lastSeenAt?: string;
  readonly toPull: number;
  readonly held: number;
  /** Of the last hour, on the server that answers. */
  readonly in?: number;
  readonly out?: number;
  /** In the order of CLINIC_ROLES; null where nothing is known yet. */
  readonly databases: readonly (DatabaseFigures | null)[];
  /** When the oldest of those was read. */
  readonly readAt?: string;
}

export interface ClinicFacts {
  /** Names by slug. */
  readonly clinics: ReadonlyMap<string, string>;
  readonly devices: ReadonlyMap<string, ClinicDevices>;
  readonly held: ReadonlyMap<string, number>;
  readonly trafficOf: (slug: string) => Traffic | undefined;
  readonly databaseState: (name: string) => RoleDatabaseState | undefined;
  readonly factsOf: (name: string) => KnownFacts | undefined;
  readonly nowMs: number;
}

/** Post 2 comes before post 10. */
const names = new Intl.Collator('en', { numeric: true });

/** The worst first, and those that are alike by name. */
export function clinicsHealth(facts: ClinicFacts): ClinicHealth[] {
  const rows = [...facts.clinics].map(([slug, name]) => rowOf(slug, name, facts));
  const rank = ({ state }: ClinicHealth) => CLINIC_STATES.indexOf(state);
  return rows.sort((a, b) => rank(a) - rank(b) || names.compare(a.name, b.name));
}

/** Clinics that have devices of which none was seen for days. */
export const isUnseen = ({ lastSeenAt }: Pick<ClinicHealth, 'lastSeenAt'>, nowMs: number): boolean =>
  lastSeenAt !== undefined && nowMs - Date.parse(lastSeenAt) > CLINIC_UNSEEN_MS;

function rowOf(slug: string, name: string, facts: ClinicFacts): ClinicHealth {
  const devices = facts.devices.get(slug);
  const held = facts.held.get(slug) ?? 0;
  const missing = databasesOfClinic(slug).filter(
    (database) => facts.databaseState(database.name)?.serving === undefined,
  );
  const traffic = facts.trafficOf(slug);
  const known = databasesOfClinic(slug).map((database) => facts.factsOf(database.name));
  const readAt = known.flatMap((one) => one?.readAt ?? []).sort()[0];
  return {
    slug,
    name,
    ...judge({ devices, held, missing: missing.length, nowMs: facts.nowMs }),
    devices: devices?.devices ?? 0,
    connected: devices?.connected ?? 0,
    ...(devices && { lastSeenAt: devices.lastSeenAt }),
    toPull: devices?.toPull ?? 0,
    held,
    ...(traffic && { in: traffic.in, out: traffic.out }),
    databases: known.map((one) => (one ? [one.documents, one.bytes, sequenceNumber(one.updateSeq)] : null)),
    ...(readAt !== undefined && { readAt }),
  };
}

interface Judged {
  readonly devices: ClinicDevices | undefined;
  readonly held: number;
  /** Role databases that do not serve. */
  readonly missing: number;
  readonly nowMs: number;
}

/** The worst that is wrong, in words. */
function judge({ devices, held, missing, nowMs }: Judged): { readonly state: ClinicState; readonly why?: string } {
  const unseenMs = devices ? nowMs - Date.parse(devices.lastSeenAt) : 0;
  const unseen = `no device seen for ${Math.floor(unseenMs / (24 * HOUR_MS))} days`;
  if (unseenMs > CLINIC_LOST_MS) return { state: 'problem', why: unseen };
  const reasons = [
    ...(missing > 0 ? [`${missing} of ${CLINIC_ROLES.length} role databases not built yet`] : []),
    ...(unseenMs > CLINIC_UNSEEN_MS ? [unseen] : []),
    ...(devices && devices.silent > 0 ? [`${counted(devices.silent, 'device')} silent for a week`] : []),
    ...(devices && devices.stuck > 0 ? [`${counted(devices.stuck, 'device')} not pulling`] : []),
    ...(held > 0 ? [`${counted(held, 'held write')} open`] : []),
  ];
  if (reasons.length > 0) return { state: 'attention', why: reasons.join(', ') };
  return devices ? { state: 'ok' } : { state: 'quiet', why: 'no device has synced yet' };
}

export const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;

/** Sequences are opaque, but both stores begin them with a number that a person can follow. */
const sequenceNumber = (updateSeq: string): number => Number.parseInt(updateSeq, 10) || 0;
