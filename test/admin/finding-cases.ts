/** Facts that are well, and facts that are wrong in one way each, with what is to be said of them. */

import { censusOf } from '../../server/admin/monitoring/health-census.ts';
import type { OverviewFacts } from '../../server/admin/overview/overview-facts.ts';

export const NOW = '2026-03-10T12:00:00.000Z';
export const NOW_MS = Date.parse(NOW);
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const GB = 1_000_000_000;
export const ago = (ms: number) => new Date(NOW_MS - ms).toISOString();

const NO_DEVICES = censusOf([], [], undefined, NOW_MS);
const CENSUS = { ...NO_DEVICES, enrolled: 14, synced: 12, connected: 5, seenLastDay: 12 };
export const WELL: OverviewFacts = {
  now: NOW,
  store: { kind: 'couchdb', reachable: true },
  projector: { pending: 0, lagSeconds: 0, failing: false, paused: false },
  readyLagSeconds: 30,
  build: undefined,
  errors: { lastMinutes: 0, lastHour: 0 },
  rates: { writesAccepted: 0, writesRefused: 0, documentsOut: 0 },
  servers: 1,
  held: { count: 0 },
  overdue: { count: 0 },
  devices: CENSUS,
  survey: { upToDate: 12, behind: 0, notCounted: 0 },
  disk: { freeBytes: 50 * GB, totalBytes: 100 * GB, readAt: NOW },
  clinics: { count: 3, withDevices: 3, unseen: 0 },
  roleDatabases: { serving: 10, building: 0, waiting: 0 },
};

/** Facts that are wrong in one way, with what is to be said. */
export const WRONG: readonly (readonly [string, Partial<OverviewFacts>, RegExp])[] = [
  [
    'store_unreachable',
    { store: { kind: 'couchdb', reachable: false, downSince: ago(60_000) } },
    /CouchDB cannot be reached.*tablets work offline/,
  ],
  ['disk_full', { disk: { freeBytes: 100_000_000, totalBytes: 100 * GB, readAt: NOW } }, /is full: 100 MB of 100 GB/],
  [
    'projector_failing',
    { projector: { pending: 3, lagSeconds: 150, failing: true, paused: false } },
    /projector fails.*2 minutes/,
  ],
  [
    'server_errors',
    { errors: { lastMinutes: 2, lastHour: 7 } },
    /^2 requests failed in the last 5 minutes.*7 in the last hour/,
  ],
  [
    'projector_lag',
    { projector: { pending: 1_234, lagSeconds: 31, failing: false, paused: false } },
    /31 seconds behind, with 1,234 changes/,
  ],
  [
    'projector_paused',
    { projector: { pending: 4, lagSeconds: 90, failing: false, paused: true, pausedAt: ago(90_000) } },
    /paused: 4 changes wait/,
  ],
  [
    'disk_filling',
    { disk: { freeBytes: 9 * GB, totalBytes: 100 * GB, readAt: NOW } },
    /nearly full: 9\.0 GB of 100 GB/,
  ],
  ['disk_filling', { disk: { freeBytes: 0.9 * GB, totalBytes: 2 * GB, readAt: NOW } }, /nearly full/],
  [
    'clinics_unseen',
    { clinics: { count: 3, withDevices: 2, unseen: 1, unseenSince: ago(4 * DAY_MS) } },
    /^1 of 2 clinics has not been heard of for 3 days/,
  ],
  ['held_writes', { held: { count: 1, oldestAt: ago(DAY_MS) } }, /^1 held write waits/],
  [
    'documents_waiting',
    { overdue: { count: 2, oldestAt: ago(40 * DAY_MS) } },
    /^2 documents came without a patient, and 30 days later/,
  ],
  ['documents_waiting', { overdue: { count: 1_000, oldestAt: ago(40 * DAY_MS) } }, /^At least 1,000 documents/],
  [
    'devices_over_quota',
    { devices: { ...CENSUS, overQuota: { count: 2, since: ago(HOUR_MS) } } },
    /^2 devices ask for more than one device may have of a server, and have to wait\./,
  ],
  [
    'devices_stuck',
    { devices: { ...CENSUS, stuck: { count: 2, since: ago(2 * DAY_MS) } } },
    /^2 of 12 devices have changes to pull and have not pulled for 24 hours/,
  ],
  [
    'devices_silent',
    { devices: { ...CENSUS, silent: { count: 1, since: ago(9 * DAY_MS) } } },
    /^1 of 12 devices has not been heard of for 7 days/,
  ],
  [
    'clocks_wrong',
    { devices: { ...CENSUS, wrongClocks: { count: 1, since: NOW, greatestOffsetMs: 3 * HOUR_MS } } },
    /clock of 1 device is more than 5 minutes off, at worst by 3 hours/,
  ],
  ['building', { build: { databases: 1, done: 30, total: 120 } }, /^1 role database is being built: 25 % done/],
];
