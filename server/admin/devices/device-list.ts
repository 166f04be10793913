/** Enrolled devices with what is known of their syncing: filtered, in order, a page at a time. */
import type { Device, Devices } from '../../auth/devices.ts';
import { foldText } from '../../lists/search-text.ts';
import type { ChangesToPull, PendingChanges } from '../../monitoring/changes-to-pull.ts';
import type { DeviceActivity, DeviceView } from '../../monitoring/device-activity.ts';

export const DEVICE_SORTS = ['lastContactAt', '-lastContactAt', 'name', '-name'] as const;

export interface DeviceListRequest {
  readonly limit: number;
  readonly sort: (typeof DEVICE_SORTS)[number];
  /** The position of the last device of the page before. */
  readonly after?: string | undefined;
  readonly clinic?: string | undefined;
  readonly role?: string | undefined;
  readonly owner?: string | undefined;
  readonly connected?: boolean | undefined;
  readonly revoked?: boolean | undefined;
  /** Part of the name or of the id. */
  readonly q?: string | undefined;
}

export interface ListedDevice extends Device {
  /** Absent where it never synced. */
  readonly activity?: Omit<DeviceView, 'deviceId' | 'owner'>;
  readonly toPull?: ChangesToPull;
}

export interface DevicePage {
  readonly items: readonly ListedDevice[];
  readonly total: number;
  readonly next?: string;
}

export interface DeviceListOptions {
  readonly devices: Pick<Devices, 'list' | 'find'>;
  readonly activity: Pick<DeviceActivity, 'list' | 'get'>;
  readonly pending: Pick<PendingChanges, 'of' | 'ofAll'>;
}

interface Known {
  readonly device: Device;
  readonly view: DeviceView | undefined;
}

/** All devices are looked at for a page (a few hundred bytes each, in memory); what each has to pull is counted for the page only. */
export async function listDevices(options: DeviceListOptions, request: DeviceListRequest): Promise<DevicePage> {
  const views = new Map((await options.activity.list()).map((view) => [view.deviceId, view]));
  const known = (await options.devices.list()).map((device) => ({ device, view: views.get(device.deviceId) }));
  const found = known
    .filter((one) => matches(one, request))
    .map((one) => ({ ...one, position: positionOf(one, request.sort) }))
    .sort((a, b) => (a.position < b.position ? -1 : 1) * (request.sort.startsWith('-') ? -1 : 1));
  const isAfter = (position: string, after: string) =>
    request.sort.startsWith('-') ? position < after : position > after;
  const rest = found.filter(({ position }) => request.after === undefined || isAfter(position, request.after));
  const page = rest.slice(0, request.limit);
  const next = rest.length > page.length ? page.at(-1)?.position : undefined;
  return { items: await withPending(options, page), total: found.length, ...(next !== undefined && { next }) };
}

export async function readDevice(options: DeviceListOptions, deviceId: string): Promise<ListedDevice | undefined> {
  const device = await options.devices.find(deviceId);
  if (!device) return undefined;
  const [listed] = await withPending(options, [{ device, view: await options.activity.get(deviceId) }]);
  return listed;
}

async function withPending({ pending }: DeviceListOptions, page: readonly Known[]): Promise<ListedDevice[]> {
  const synced = page.flatMap(({ view }) => (view ? [view] : []));
  const counts = await pending.ofAll(synced);
  const toPull = new Map(synced.map(({ deviceId }, n) => [deviceId, counts[n]]));
  return page.map(({ device, view }) => {
    if (!view) return device;
    const { deviceId, owner: _, ...activity } = view;
    const left = toPull.get(deviceId);
    return { ...device, activity, ...(left && { toPull: left }) };
  });
}

function matches({ device, view }: Known, { clinic, role, owner, connected, revoked, q }: DeviceListRequest): boolean {
  return (
    (clinic === undefined || view?.clinicId === clinic) &&
    (role === undefined || view?.role === role) &&
    (owner === undefined || device.owner === owner) &&
    (connected === undefined || (view?.connected ?? false) === connected) &&
    (revoked === undefined || (device.revokedAt !== undefined) === revoked) &&
    (q === undefined || foldText(`${device.name ?? ''} ${device.deviceId}`).includes(foldText(q)))
  );
}

/** Sorts devices, and tells apart those that sort alike. */
function positionOf({ device, view }: Known, sort: DeviceListRequest['sort']): string {
  const value = sort.endsWith('name') ? foldText(device.name) : (view?.lastContactAt ?? device.lastLoginAt);
  return `${value}\u0000${device.deviceId}`;
}
