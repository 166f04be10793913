/** Enrolled devices with what is known of their syncing: filtered, in order, a page at a time. */
import { type Device, type Devices, type PublicDevice, publicDevice } from '../../accounts/devices.ts';
import { hasPlace } from '../../accounts/enrolments.ts';
import type { KnownDevices } from '../../accounts/known-devices.ts';
import type { ChangesToPull, PendingChanges } from '../monitoring/changes-to-pull.ts';
import type { DeviceActivity, DeviceView } from '../monitoring/device-activity.ts';
import type { PendingSurvey } from '../monitoring/pending-survey.ts';
import { quotasAt } from '../monitoring/quota-notes.ts';
import { type DeviceFilters, deviceFilter } from './device-filters.ts';
import { type DeviceSort, orderedBy, type Position } from './device-order.ts';
import { type DeviceTotals, totalsOf } from './device-totals.ts';
import type { KnownDevice } from './known-device.ts';

export interface DeviceListRequest extends DeviceFilters {
  readonly limit: number;
  readonly sort: DeviceSort;
  /** The position of the last device of the page before. */
  readonly after?: string | undefined;
}

export interface ListedDevice extends PublicDevice {
  /** Absent where it never synced. */
  readonly activity?: Omit<DeviceView, 'deviceId' | 'owner'>;
  /** Over all databases; absent where it never synced. */
  readonly totals?: DeviceTotals;
  readonly toPull?: ChangesToPull;
  /** How many devices its owner has, and may have. */
  readonly ownerDevices: { readonly count: number; readonly atMost: number };
}

export interface DevicePage {
  readonly items: readonly ListedDevice[];
  readonly total: number;
  readonly next?: string;
}

export interface DeviceListOptions {
  readonly devices: Pick<Devices, 'find'>;
  readonly knownDevices: Pick<KnownDevices, 'list'>;
  readonly activity: Pick<DeviceActivity, 'list' | 'get'>;
  readonly pending: Pick<PendingChanges, 'of' | 'ofAll'>;
  /** What filters and sorting go by; what is answered is counted anew. */
  readonly survey: Pick<PendingSurvey, 'of'>;
  /** Of one account. */
  readonly maxDevices: number;
  readonly nowMs: () => number;
}

/** All devices are looked at for a page (a few hundred bytes each, in memory); what each has to pull is counted for the page only. */
export async function listDevices(options: DeviceListOptions, request: DeviceListRequest): Promise<DevicePage> {
  const views = new Map((await options.activity.list()).map((view) => [view.deviceId, view]));
  const known = options.knownDevices.list().map((device) => ({ device, view: views.get(device.deviceId) }));
  const found = known.filter(deviceFilter(request, options));
  const order = orderedBy(request.sort, options.survey);
  const placed = found.map((one): Placed => ({ ...one, position: order.positionOf(one) })).sort(order.compare);
  const after = request.after === undefined ? undefined : order.parse(request.after);
  const rest = after ? placed.filter((one) => order.compare(one, { position: after }) > 0) : placed;
  const page = rest.slice(0, request.limit);
  const last = rest.length > page.length ? page.at(-1) : undefined;
  const items = await withPending(options, page);
  return { items, total: found.length, ...(last && { next: JSON.stringify(last.position) }) };
}

interface Placed extends KnownDevice {
  readonly position: Position;
}

export async function readDevice(options: DeviceListOptions, deviceId: string): Promise<ListedDevice | undefined> {
  const device = await options.devices.find(deviceId);
  if (!device) return undefined;
  const [listed] = await withPending(options, [{ device, view: await options.activity.get(deviceId) }]);
  return listed;
}

async function withPending(options: DeviceListOptions, page: readonly KnownDevice[]): Promise<ListedDevice[]> {
  const { pending, knownDevices, maxDevices, nowMs } = options;
  const synced = page.flatMap(({ view }) => (view ? [view] : []));
  const counts = await pending.ofAll(synced);
  const toPull = new Map(synced.map(({ deviceId }, n) => [deviceId, counts[n]]));
  const placesOf = placesTaken(knownDevices.list());
  return page.map(({ device, view }) => {
    const ownerDevices = { count: placesOf(device.owner), atMost: maxDevices };
    if (!view) return { ...publicDevice(device), ownerDevices };
    const { deviceId, owner: _, quotas: noted, ...seen } = view;
    const quotas = quotasAt(noted, nowMs());
    const activity = { ...seen, ...(quotas && { quotas }) };
    const left = toPull.get(deviceId);
    return { ...publicDevice(device), ownerDevices, activity, totals: totalsOf(view), ...(left && { toPull: left }) };
  });
}

function placesTaken(devices: readonly Device[]): (owner: string) => number {
  const counts = new Map<string, number>();
  for (const device of devices) if (hasPlace(device)) counts.set(device.owner, (counts.get(device.owner) ?? 0) + 1);
  return (owner) => counts.get(owner) ?? 0;
}
