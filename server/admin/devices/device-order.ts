/** In which order devices are listed, and from where a list goes on. */
import { foldText } from '../../lib/search-text.ts';
import type { Pending } from '../monitoring/changes-to-pull.ts';
import type { PendingSurvey } from '../monitoring/pending-survey.ts';
import { refusedBy } from './device-totals.ts';
import type { KnownDevice } from './known-device.ts';

const KEYS = ['lastContactAt', 'name', 'clinic', 'refused', 'toPull'] as const;
type Key = (typeof KEYS)[number];
export type DeviceSort = Key | `-${Key}`;
export const DEVICE_SORTS: readonly [DeviceSort, ...DeviceSort[]] = [
  'lastContactAt',
  '-lastContactAt',
  'name',
  '-name',
  'clinic',
  '-clinic',
  'refused',
  '-refused',
  'toPull',
  '-toPull',
];

/** What it is sorted by, and the id, which tells apart those that sort alike. */
export type Position = readonly [value: string | number, deviceId: string];

export interface DeviceOrder {
  positionOf(known: KnownDevice): Position;
  compare(a: { readonly position: Position }, b: { readonly position: Position }): number;
  /** Of a cursor that was made from a position of the same order. */
  parse(cursor: string): Position;
}

export function orderedBy(sort: DeviceSort, survey: Pick<PendingSurvey, 'of'>): DeviceOrder {
  const direction = sort.startsWith('-') ? -1 : 1;
  const valueIn = VALUES[sort.replace(/^-/, '') as Key];
  return {
    positionOf: (known) => [valueIn(known, survey), known.device.deviceId],
    compare: ({ position: [a, aId] }, { position: [b, bId] }) =>
      direction * (a < b ? -1 : a > b ? 1 : aId < bId ? -1 : aId > bId ? 1 : 0),
    parse: (cursor) => JSON.parse(cursor) as Position,
  };
}

const VALUES: Readonly<Record<Key, (known: KnownDevice, survey: Pick<PendingSurvey, 'of'>) => string | number>> = {
  lastContactAt: ({ device, view }) => view?.lastContactAt ?? device.lastLoginAt,
  // A device without a name is shown by its id.
  name: ({ device: { name, deviceId } }) => foldText(name ?? deviceId),
  clinic: ({ view }) => view?.clinicId ?? '',
  refused: ({ view }) => refusedBy(view),
  // Not counted, or nothing to count: before those that have everything.
  toPull: ({ device }, survey) => numberOf(survey.of(device.deviceId)?.total),
};

const numberOf = (pending: Pending | undefined): number =>
  typeof pending === 'number' ? pending : (pending?.atLeast ?? -1);
