/**
 * Which devices have confirmed the present revision of a document: those whose position in the physical database lies at or
 * after the document's change. Positions are opaque, so that the changes after each are read, once for all devices that are
 * at the same one, and so many at most.
 */
import { parseId } from '../../../shared-schemas/ids.ts';
import type { Role } from '../../../shared-schemas/reference.ts';
import { databasesOfPrincipal } from '../../../sync-rules/role-database.ts';
import type { Device, Devices } from '../../auth/devices.ts';
import type { DeviceActivity, DeviceView } from '../../monitoring/device-activity.ts';
import { WHOLE_FEED } from '../../monitoring/device-record.ts';
import type { RoleDatabases } from '../../projector/role-databases.ts';
import type { Database } from '../../store/store.ts';
import type { DatabaseCopyView } from './database-copies.ts';

/**
 * `confirmed`: it has what its role database has; `to_pull`: it is still to be sent; `not_collected`: it asks for other types
 * only; `not_known`: it is too far behind to tell at once, or the role database itself is not right.
 */
export type Confirmation = 'confirmed' | 'to_pull' | 'not_collected' | 'not_known';

export interface DeviceCopyView {
  readonly deviceId: string;
  readonly name?: string;
  /** User id. */
  readonly owner: string;
  readonly role: Role;
  readonly clinicId?: string;
  readonly database: string;
  readonly confirmation: Confirmation;
  /** Whether the present revision was written on it: it has it, confirmed or not. */
  readonly wrote: boolean;
  readonly lastContactAt: string;
  readonly connected: boolean;
  readonly revoked: boolean;
}

export interface DeviceCopies {
  /** The last heard of first. */
  readonly items: readonly DeviceCopyView[];
  /** How many devices sync a database that holds the document. */
  readonly total: number;
}

export interface DeviceCopiesOptions {
  readonly devices: Pick<Devices, 'list'>;
  readonly activity: Pick<DeviceActivity, 'list'>;
  readonly roleDatabases: Pick<RoleDatabases, 'serving'>;
  /** Changes that are read for one position. */
  readonly maxScanned?: number;
}

const BEGINNING = '0';
const PAGE_SIZE = 1_000;
const MAX_SCANNED = 20_000;
/** Changes that are read for all positions together. */
const MAX_SCANNED_IN_ALL = 10 * MAX_SCANNED;
const MAX_DEVICES = 500;

export async function deviceCopies(
  options: DeviceCopiesOptions,
  id: string,
  databases: readonly DatabaseCopyView[],
  writtenOn: unknown,
): Promise<DeviceCopies> {
  const holding = new Map(
    databases.filter(({ holds }) => holds && holds.holds !== 'nothing').map((copy) => [copy.database, copy]),
  );
  const syncing = (await options.activity.list())
    .flatMap((view) => holdingOf(view, holding).map((copy) => ({ view, copy })))
    .sort((a, b) => (a.view.lastContactAt < b.view.lastContactAt ? 1 : -1));
  const known = new Map((await options.devices.list()).map((device) => [device.deviceId, device]));
  const positions = new ConfirmedPositions(options, id);
  const items: DeviceCopyView[] = [];
  for (const { view, copy } of syncing.slice(0, MAX_DEVICES)) {
    const confirmation = copy.right ? await positions.confirmation(view, copy.database) : 'not_known';
    items.push(toView(view, known.get(view.deviceId), copy.database, confirmation, writtenOn));
  }
  return { items, total: syncing.length };
}

function holdingOf(view: DeviceView, holding: ReadonlyMap<string, DatabaseCopyView>): DatabaseCopyView[] {
  const { owner: userId, role, clinicId, patientId } = view;
  const principal = {
    ...{ userId, role },
    ...(clinicId !== undefined && { clinicId }),
    ...(patientId !== undefined && { patientId }),
  };
  return databasesOfPrincipal(principal).flatMap(({ name }) => holding.get(name) ?? []);
}

function toView(
  { deviceId, owner, role, clinicId, lastContactAt, connected }: DeviceView,
  device: Device | undefined,
  database: string,
  confirmation: Confirmation,
  writtenOn: unknown,
): DeviceCopyView {
  return {
    ...{ deviceId, owner, role, database, confirmation, lastContactAt, connected },
    ...(device?.name !== undefined && { name: device.name }),
    ...(clinicId !== undefined && { clinicId }),
    wrote: deviceId === writtenOn,
    revoked: device?.revokedAt !== undefined,
  };
}

/** Tells of each position whether the document changed after it. */
class ConfirmedPositions {
  readonly #options: DeviceCopiesOptions;
  readonly #id: string;
  readonly #sources = new Map<string, Promise<{ source: Database; end: string } | undefined>>();
  readonly #answers = new Map<string, Promise<Confirmation>>();
  #left = MAX_SCANNED_IN_ALL;

  constructor(options: DeviceCopiesOptions, id: string) {
    this.#options = options;
    this.#id = id;
  }

  async confirmation({ databases }: DeviceView, name: string): Promise<Confirmation> {
    const found = await this.#source(name);
    if (!found) return 'not_known';
    const { feeds = {}, reads } = databases[name] ?? {};
    const type = parseId(this.#id)?.type ?? '';
    if (reads === 'types' && !feeds[type]) return 'not_collected';
    const feed = feeds[reads === 'types' ? type : WHOLE_FEED];
    if (feed?.source !== found.source.name || feed.position === BEGINNING) return 'to_pull';
    if (feed.position === found.end) return 'confirmed';
    const key = JSON.stringify([name, feed.position]);
    const answer = this.#answers.get(key) ?? this.#changedAfter(found.source, feed.position);
    this.#answers.set(key, answer);
    return answer;
  }

  #source(name: string): Promise<{ source: Database; end: string } | undefined> {
    const known = this.#sources.get(name) ?? this.#open(name);
    this.#sources.set(name, known);
    return known;
  }

  async #open(name: string) {
    const source = await this.#options.roleDatabases.serving(name);
    return source && { source, end: (await source.info()).updateSeq };
  }

  async #changedAfter(source: Database, position: string): Promise<Confirmation> {
    const { maxScanned = MAX_SCANNED } = this.#options;
    let since = position;
    for (let scanned = 0; scanned < maxScanned && this.#left > 0; scanned += PAGE_SIZE) {
      const limit = Math.min(PAGE_SIZE, maxScanned);
      const { results, lastSeq } = await source.changes({ since, limit });
      this.#left -= results.length;
      if (results.some(({ id }) => id === this.#id)) return 'to_pull';
      if (results.length < limit) return 'confirmed';
      since = lastSeq;
    }
    return 'not_known';
  }
}
