/** What is shown of a device, in words. */
import type { ListedDevice } from '../../../../admin/devices/device-list.ts';
import { formatSeconds } from '../../format.ts';
import type { Tone } from '../../ui/badge.tsx';

/** An administrator's name for it, or what it called itself. */
export const nameOf = ({ name, deviceId }: Pick<ListedDevice, 'name' | 'deviceId'>): string => name ?? deviceId;

export const pathOf = (deviceId: string): string => `/admin/devices/${encodeURIComponent(deviceId)}`;

/** The most important thing about it. */
export function stateOf({ revokedAt, freshReplicaAt, activity }: ListedDevice): readonly [Tone, string] {
  if (revokedAt !== undefined) return ['problem', 'Revoked'];
  if (activity?.quotas) return ['attention', 'Over a limit'];
  if (freshReplicaAt !== undefined) return ['info', 'Fresh replica'];
  if (!activity) return ['quiet', 'Never synced'];
  return activity.connected ? ['ok', 'Connected'] : ['quiet', 'Offline'];
}

/** A limit of a server that a device has reached. */
export const QUOTA_WORDS = {
  held: 'Too many refused writes: it may not push',
  longpolls: 'Too many live feeds: the oldest are ended',
  local: 'Too many local documents: it may add none',
} as const;

/** A clock that is further off than this makes times of edits doubtful. */
const CLOCK_TOLERANCE_MS = 60_000;

export function clockOf({ activity }: ListedDevice): { readonly text: string; readonly isOff: boolean } | undefined {
  const offsetMs = activity?.clockOffset?.offsetMs;
  if (offsetMs === undefined) return undefined;
  const seconds = Math.round(Math.abs(offsetMs) / 100) / 10;
  const isOff = Math.abs(offsetMs) > CLOCK_TOLERANCE_MS;
  if (seconds < 1) return { text: 'right', isOff };
  return { text: `${formatSeconds(seconds)} ${offsetMs > 0 ? 'ahead' : 'behind'}`, isOff };
}

/** The app with its version, and the version of its schemas, where it announces them. */
export function appOf({ clientVersion, schemaVersion }: ListedDevice): string | undefined {
  const schema = schemaVersion === undefined ? undefined : `schema ${schemaVersion}`;
  return [clientVersion, schema].filter((part) => part !== undefined).join(', ') || undefined;
}
