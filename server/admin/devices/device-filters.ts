/** Which devices are meant: each filter that is given must hold. */
import { foldText } from '../../lib/search-text.ts';
import { WRONG_CLOCK_MS } from '../monitoring/health-census.ts';
import type { PendingSurvey } from '../monitoring/pending-survey.ts';
import { quotasAt } from '../monitoring/quota-notes.ts';
import { refusedBy } from './device-totals.ts';
import type { KnownDevice } from './known-device.ts';

const HOUR_MS = 3_600_000;

export interface DeviceFilters {
  readonly clinic?: string | undefined;
  readonly role?: string | undefined;
  readonly owner?: string | undefined;
  readonly connected?: boolean | undefined;
  readonly revoked?: boolean | undefined;
  /** Last heard of before that instant, or never. */
  readonly seenBefore?: string | undefined;
  /** Not heard of for so many hours, or never. */
  readonly notSeenFor?: number | undefined;
  /** Whether any of its writes was refused. */
  readonly refused?: boolean | undefined;
  /** Whether it has something to pull, as it was last counted. */
  readonly behind?: boolean | undefined;
  /** Whether its clock was found more than five minutes off. */
  readonly wrongClock?: boolean | undefined;
  /** Whether it sent revisions that are named by their content. */
  readonly namedByContent?: boolean | undefined;
  /** Whether it has reached a quota of a server. */
  readonly overQuota?: boolean | undefined;
  readonly clientVersion?: string | undefined;
  readonly schemaVersion?: number | undefined;
  /** Part of the name, of the id or of the owner's username. */
  readonly q?: string | undefined;
}

interface FilterOptions {
  readonly survey: Pick<PendingSurvey, 'of'>;
  readonly nowMs: () => number;
}

type Test = (known: KnownDevice) => boolean;

export function deviceFilter(filters: DeviceFilters, { survey, nowMs }: FilterOptions): Test {
  const { clinic, role, owner, connected, revoked, refused, behind, wrongClock } = filters;
  const { overQuota, namedByContent, clientVersion, schemaVersion, q } = filters;
  const isOverQuota = (view: KnownDevice['view']) => quotasAt(view?.quotas, nowMs()) !== undefined;
  const isBehind = (deviceId: string) => (survey.of(deviceId)?.total ?? 0) !== 0;
  const sought = q === undefined ? undefined : foldText(q);
  const seenBefore = earliest(filters.seenBefore, filters.notSeenFor, nowMs());
  const tests: (Test | undefined)[] = [
    clinic === undefined ? undefined : ({ view }) => view?.clinicId === clinic,
    role === undefined ? undefined : ({ view }) => view?.role === role,
    owner === undefined ? undefined : ({ device }) => device.owner === owner,
    connected === undefined ? undefined : ({ view }) => (view?.connected ?? false) === connected,
    revoked === undefined ? undefined : ({ device }) => (device.revokedAt !== undefined) === revoked,
    seenBefore === undefined ? undefined : ({ view }) => !view || (!view.connected && view.lastContactAt < seenBefore),
    refused === undefined ? undefined : ({ view }) => refusedBy(view) > 0 === refused,
    behind === undefined ? undefined : ({ device }) => isBehind(device.deviceId) === behind,
    wrongClock === undefined ? undefined : ({ view }) => hasWrongClock(view) === wrongClock,
    namedByContent === undefined ? undefined : ({ view }) => (view?.namedByContentAt !== undefined) === namedByContent,
    overQuota === undefined ? undefined : ({ view }) => isOverQuota(view) === overQuota,
    clientVersion === undefined ? undefined : ({ device }) => device.clientVersion === clientVersion,
    schemaVersion === undefined ? undefined : ({ device }) => device.schemaVersion === schemaVersion,
    sought === undefined ? undefined : ({ device }) => foldText(textOf(device)).includes(sought),
  ];
  const given = tests.filter((test) => test !== undefined);
  return (known) => given.every((test) => test(known));
}

const hasWrongClock = (view: KnownDevice['view']): boolean =>
  Math.abs(view?.clockOffset?.offsetMs ?? 0) > WRONG_CLOCK_MS;

const textOf = ({ name = '', deviceId, username = '' }: KnownDevice['device']): string =>
  `${name} ${deviceId} ${username}`;

/** Both may be given: then both must hold. */
function earliest(seenBefore: string | undefined, notSeenFor: number | undefined, nowMs: number): string | undefined {
  const times = [
    ...(seenBefore === undefined ? [] : [new Date(seenBefore).toISOString()]),
    ...(notSeenFor === undefined ? [] : [new Date(nowMs - notSeenFor * HOUR_MS).toISOString()]),
  ];
  return times.sort()[0];
}
