/** What is wrong, in words, the worst first: pure, from facts to findings. Each says what to do, and where. */
import { counted } from '../monitoring/clinic-health.ts';
import { MAX_COUNTED } from '../monitoring/health-waiting.ts';
import type { OverviewFacts } from './overview-facts.ts';
import { ageWords, bytesWords } from './words.ts';

/** `problem`: care is at risk now. `attention`: it will be, or someone waits. `information`: nothing has to be done. */
export const SEVERITIES = ['problem', 'attention', 'information'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** What is wrong. */
  readonly sentence: string;
  /** What to do about it. */
  readonly action: string;
  /** Where in the dashboard. */
  readonly href: string;
  /** Since when, where that is known. */
  readonly since?: string;
}

/** In the order in which someone should look at them. */
export const FINDING_CODES = [
  'store_unreachable',
  'disk_full',
  'projector_failing',
  'server_errors',
  'projector_lag',
  'projector_paused',
  'disk_filling',
  'clinics_unseen',
  'held_writes',
  'documents_waiting',
  'devices_over_quota',
  'devices_stuck',
  'devices_silent',
  'clocks_wrong',
  'building',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

/** A database needs room to rewrite its files: below this a compaction fails, and soon every write. */
const DISK_FULL_BYTES = 250_000_000;
/** Time enough to do something about it. */
export const DISK_LOW_BYTES = 1_000_000_000;
export const DISK_LOW_RATIO = 0.1;

type Found = Omit<Finding, 'code'> | undefined;
type Check = (facts: OverviewFacts) => Found;

const CHECKS: Readonly<Record<FindingCode, Check>> = {
  store_unreachable: ({ store }) =>
    store.reachable
      ? undefined
      : {
          severity: 'problem',
          sentence: `${store.kind === 'couchdb' ? 'CouchDB' : 'The folder of the databases'} cannot be reached: nothing can be read or written, and tablets work offline.`,
          action:
            store.kind === 'couchdb'
              ? 'Check that CouchDB runs, that this server reaches it, and that its credentials are still valid. Tablets lose nothing, and go on by themselves when it is back.'
              : 'Check that the disk with the data folder is there and can be read.',
          href: '/admin/system',
          ...(store.downSince !== undefined && { since: store.downSince }),
        },
  disk_full: ({ disk }) =>
    disk && disk.freeBytes < DISK_FULL_BYTES
      ? {
          severity: 'problem',
          sentence: `The disk with the data folder is full: ${bytesWords(disk.freeBytes)} of ${bytesWords(disk.totalBytes)} are free.`,
          action: 'Make room or attach a larger disk now, before writes fail.',
          href: '/admin/system',
        }
      : undefined,
  projector_failing: ({ projector, store, now }) =>
    projector.failing && store.reachable
      ? {
          severity: 'problem',
          sentence: `The projector fails: changes do not reach the role databases. It has been behind for ${ageWords(projector.lagSeconds)}.`,
          action:
            'It tries again by itself. The server log says why it fails; if it goes on, restart the server and report the log.',
          href: '/admin/role-databases',
          since: secondsBefore(now, projector.lagSeconds),
        }
      : undefined,
  server_errors: ({ errors, store }) =>
    errors.lastMinutes > 0 && store.reachable
      ? {
          severity: 'attention',
          sentence: `${counted(errors.lastMinutes, 'request')} failed in the last 5 minutes with an error of the server (${errors.lastHour.toLocaleString('en')} in the last hour).`,
          action: 'Tablets try again by themselves. The server log names each of them with its reason.',
          href: '/admin/system',
        }
      : undefined,
  projector_lag: ({ projector, readyLagSeconds, now }) =>
    !projector.failing && !projector.paused && projector.lagSeconds > readyLagSeconds
      ? {
          severity: 'problem',
          sentence: `The projector is ${ageWords(projector.lagSeconds)} behind, with ${counted(projector.pending, 'change')} to look at: tablets get changes late.`,
          action: `After a large import this passes. If the number does not fall, look at the load of the server. Until it is below ${ageWords(readyLagSeconds)}, the server reports itself not ready.`,
          href: '/admin/role-databases',
          since: secondsBefore(now, projector.lagSeconds),
        }
      : undefined,
  projector_paused: ({ projector }) =>
    projector.paused
      ? {
          severity: 'attention',
          sentence: `The projector is paused: ${projector.pending > 0 ? `${counted(projector.pending, 'change')} ${projector.pending === 1 ? 'waits' : 'wait'}` : 'changes will wait'}, and tablets get nothing new.`,
          action: 'Resume it when the reason for the pause is over. Writes are kept meanwhile.',
          href: '/admin/role-databases',
          ...(projector.pausedAt !== undefined && { since: projector.pausedAt }),
        }
      : undefined,
  disk_filling: ({ disk }) =>
    disk &&
    disk.freeBytes >= DISK_FULL_BYTES &&
    (disk.freeBytes < DISK_LOW_BYTES || disk.freeBytes < disk.totalBytes * DISK_LOW_RATIO)
      ? {
          severity: 'attention',
          sentence: `The disk with the data folder is nearly full: ${bytesWords(disk.freeBytes)} of ${bytesWords(disk.totalBytes)} are free.`,
          action: 'Make room or plan a larger disk.',
          href: '/admin/system',
        }
      : undefined,
  clinics_unseen: ({ clinics }) =>
    clinics.unseen > 0
      ? {
          severity: 'attention',
          sentence: `${of(clinics.unseen, clinics.withDevices, 'clinic')} ${clinics.unseen === 1 ? 'has' : 'have'} not been heard of for 3 days: no device there synced.`,
          action:
            'Call them: the power, the network or the tablets may be out of order. They can go on working offline.',
          href: '/admin#map',
          ...(clinics.unseenSince !== undefined && { since: clinics.unseenSince }),
        }
      : undefined,
  held_writes: ({ held }) =>
    held && held.count > 0
      ? {
          severity: 'attention',
          sentence: `${counted(held.count, 'held write')} ${held.count === 1 ? 'waits' : 'wait'} for a decision.`,
          action: 'Accept or reject them: someone wrote this at a bedside, and nobody else sees it until then.',
          href: '/admin/held-writes',
          ...(held.oldestAt !== undefined && { since: held.oldestAt }),
        }
      : undefined,
  documents_waiting: ({ overdue }) =>
    overdue && overdue.count > 0
      ? {
          severity: 'attention',
          sentence: `${overdue.count === MAX_COUNTED ? 'At least ' : ''}${counted(overdue.count, 'document')} came without a patient, and 30 days later the patient has not come: only the clinic that wrote ${overdue.count === 1 ? 'it sees it' : 'them sees them'}.`,
          action:
            'Ask who wrote them to sync the tablet that has the patient, and look among the held writes for the patient.',
          href: '/admin/waiting-documents',
          ...(overdue.oldestAt !== undefined && { since: overdue.oldestAt }),
        }
      : undefined,
  devices_over_quota: ({ devices }) =>
    devices && devices.overQuota.count > 0
      ? {
          severity: 'attention',
          sentence: `${counted(devices.overQuota.count, 'device')} ${devices.overQuota.count === 1 ? 'asks' : 'ask'} for more than one device may have of a server, and ${devices.overQuota.count === 1 ? 'has' : 'have'} to wait.`,
          action:
            'Look at what was refused of it, and ask who uses it: the app may be out of order, or the tablet in the wrong hands. Nothing of it is lost.',
          href: '/admin/devices?overQuota=true&revoked=false',
          ...(devices.overQuota.since !== undefined && { since: devices.overQuota.since }),
        }
      : undefined,
  devices_stuck: ({ devices }) =>
    devices && devices.stuck.count > 0
      ? {
          severity: 'attention',
          sentence: `${of(devices.stuck.count, devices.synced, 'device')} ${devices.stuck.count === 1 ? 'has' : 'have'} changes to pull and ${devices.stuck.count === 1 ? 'has' : 'have'} not pulled for 24 hours.`,
          action:
            'Ask who uses them to open the app while connected. If one still does not pull, tell it to start a fresh replica.',
          href: '/admin/devices?behind=true&revoked=false&notSeenFor=24&sort=-toPull',
          ...(devices.stuck.since !== undefined && { since: devices.stuck.since }),
        }
      : undefined,
  devices_silent: ({ devices }) =>
    devices && devices.silent.count > 0
      ? {
          severity: 'attention',
          sentence: `${of(devices.silent.count, devices.synced, 'device')} ${devices.silent.count === 1 ? 'has' : 'have'} not been heard of for 7 days.`,
          action: 'Find out where they are. Revoke those that are lost: they hold patient data.',
          href: '/admin/devices?notSeenFor=168&revoked=false&sort=lastContactAt',
          ...(devices.silent.since !== undefined && { since: devices.silent.since }),
        }
      : undefined,
  clocks_wrong: ({ devices }) =>
    devices && devices.wrongClocks.count > 0
      ? {
          severity: 'attention',
          sentence: `The clock of ${counted(devices.wrongClocks.count, 'device')} is more than 5 minutes off, at worst by ${ageWords(Math.abs(devices.wrongClocks.greatestOffsetMs) / 1_000)}: entries made there bear wrong times.`,
          action: 'Have date and time set automatically on these tablets.',
          href: '/admin/devices?wrongClock=true&revoked=false',
          ...(devices.wrongClocks.since !== undefined && { since: devices.wrongClocks.since }),
        }
      : undefined,
  building: ({ build }) =>
    build
      ? {
          severity: 'information',
          sentence: `${counted(build.databases, 'role database')} ${build.databases === 1 ? 'is' : 'are'} being built: ${build.total === 0 ? 'begun' : `${Math.floor((build.done / build.total) * 100)} % done`}.`,
          action: 'Nothing has to be done: devices read the old ones until the new ones are complete.',
          href: '/admin/role-databases',
        }
      : undefined,
};

/** The worst first; of the same severity, in the order in which someone should look at them. */
export function findingsOf(facts: OverviewFacts): Finding[] {
  const found = FINDING_CODES.flatMap((code) => {
    const finding = CHECKS[code](facts);
    return finding ? [{ code, ...finding }] : [];
  });
  const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
  return found.sort((a, b) => rank(a) - rank(b));
}

export interface HealthSummary {
  readonly state: 'ok' | 'attention' | 'problem';
  readonly sentence: string;
  readonly action?: string;
  readonly href?: string;
}

/** One sentence for the top of the page: what is wrong first, or that nothing is. */
export function summaryOf(findings: readonly Finding[], facts: OverviewFacts): HealthSummary {
  const worst = findings[0];
  if (worst && worst.severity !== 'information') {
    const { severity, sentence, action, href } = worst;
    return { state: severity, sentence, action, href };
  }
  return { state: 'ok', sentence: wellSentence(facts) };
}

function wellSentence({ clinics, devices, survey }: OverviewFacts): string {
  if (clinics.count === 0) return 'There is no clinic yet: create the first one under Clinics.';
  if (!devices || devices.enrolled === 0)
    return 'All is well, and no device is enrolled yet: log in from a tablet to begin.';
  const places = `${counted(clinics.count, 'clinic')} and ${counted(devices.synced, 'device')}`;
  if (survey && survey.behind === 0 && survey.notCounted === 0)
    return `All is well: ${places}, every device is up to date.`;
  return `All is well: ${places}, ${counted(survey?.behind ?? 0, 'device')} with changes still to pull.`;
}

const of = (count: number, all: number, what: string): string =>
  `${count.toLocaleString('en')} of ${counted(all, what)}`;

const secondsBefore = (now: string, seconds: number): string =>
  new Date(Date.parse(now) - seconds * 1_000).toISOString();
