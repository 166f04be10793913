/**
 * Which devices have confirmed the present revision of a document: those whose position in the physical database lies at or
 * after the document's change. Positions are opaque, so that the changes after each are read, once for all devices that are
 * at the same one, and so many at most.
 */
import { LRUCache } from 'lru-cache';
import { parseId } from '../../../shared-schemas/ids.ts';
import type { Role } from '../../../shared-schemas/roles.ts';
import { databasesOfPrincipal } from '../../../sync-rules/role-database.ts';
import type { Device } from '../../accounts/devices.ts';
import type { KnownDevices } from '../../accounts/known-devices.ts';
import type { RoleDatabases } from '../../documents/projection/role-databases.ts';
import type { Database } from '../../store/store.ts';
import type { DeviceActivity, DeviceView } from '../monitoring/device-activity.ts';
import { WHOLE_FEED } from '../monitoring/device-record.ts';
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
  readonly knownDevices: Pick<KnownDevices, 'list'>;
  readonly activity: Pick<DeviceActivity, 'list'>;
  readonly roleDatabases: Pick<RoleDatabases, 'serving'>;
  /** Changes that are read for one position. */
  readonly maxScanned?: number;
}

const BEGINNING = '0';
const PAGE_SIZE = 1_000;
const MAX_SCANNED = 10_000;
/** Changes that are read for all positions together. */
const MAX_SCANNED_IN_ALL = 3 * MAX_SCANNED;
const MAX_DEVICES = 500;
const MAX_REMEMBERED = 20_000;

export class DevicesOfDocuments {
  readonly #options: DeviceCopiesOptions;
  /** By database, document, its revision there and position: what is found out of these stays so. */
  readonly #answers = new LRUCache<string, Confirmation>({ max: MAX_REMEMBERED });

  constructor(options: DeviceCopiesOptions) {
    this.#options = options;
  }

  /** `writtenOn`: the device on which the present revision was written. */
  async of(id: string, databases: readonly DatabaseCopyView[], writtenOn: unknown): Promise<DeviceCopies> {
    const holding = new Map(
      databases.filter(({ holds }) => holds && holds.holds !== 'nothing').map((copy) => [copy.database, copy]),
    );
    const syncing = (await this.#options.activity.list())
      .flatMap((view) => holdingOf(view, holding).map((copy) => ({ view, copy })))
      .sort((a, b) => (a.view.lastContactAt < b.view.lastContactAt ? 1 : -1));
    const known = new Map(this.#options.knownDevices.list().map((device) => [device.deviceId, device]));
    const sources = await this.#sources([...holding.keys()]);
    const scan: Scan = { id, left: MAX_SCANNED_IN_ALL };
    const items: DeviceCopyView[] = [];
    for (const { view, copy } of syncing.slice(0, MAX_DEVICES)) {
      const confirmation = await this.#confirmation(view, copy, sources.get(copy.database), scan);
      items.push(toView(view, known.get(view.deviceId), copy.database, confirmation, writtenOn));
    }
    return { items, total: syncing.length };
  }

  async #sources(names: readonly string[]): Promise<ReadonlyMap<string, Source>> {
    const found = await Promise.all(
      names.map(async (name) => {
        const database = await this.#options.roleDatabases.serving(name);
        return database ? ([[name, { database, end: (await database.info()).updateSeq }]] as const) : [];
      }),
    );
    return new Map(found.flat());
  }

  async #confirmation(
    { databases }: DeviceView,
    { database: name, right, holds }: DatabaseCopyView,
    source: Source | undefined,
    scan: Scan,
  ): Promise<Confirmation> {
    if (!source || !right) return 'not_known';
    const { feeds = {}, reads } = databases[name] ?? {};
    const type = parseId(scan.id)?.type ?? '';
    if (reads === 'types' && !feeds[type]) return 'not_collected';
    const feed = feeds[reads === 'types' ? type : WHOLE_FEED];
    if (feed?.source !== source.database.name || feed.position === BEGINNING) return 'to_pull';
    if (feed.position === source.end) return 'confirmed';
    const key = JSON.stringify([source.database.name, scan.id, holds?.rev, feed.position]);
    const answer = this.#answers.get(key) ?? (await this.#changedAfter(source.database, feed.position, scan));
    if (answer !== 'not_known') this.#answers.set(key, answer);
    return answer;
  }

  async #changedAfter(source: Database, position: string, scan: Scan): Promise<Confirmation> {
    const { maxScanned = MAX_SCANNED } = this.#options;
    const limit = Math.min(PAGE_SIZE, maxScanned);
    let since = position;
    for (let scanned = 0; scanned < maxScanned && scan.left > 0; scanned += limit) {
      const { results, lastSeq } = await source.changes({ since, limit });
      scan.left -= results.length;
      if (results.some(({ id }) => id === scan.id)) return 'to_pull';
      if (results.length < limit) return 'confirmed';
      since = lastSeq;
    }
    return 'not_known';
  }
}

interface Source {
  readonly database: Database;
  readonly end: string;
}

/** One look at one document. */
interface Scan {
  readonly id: string;
  /** Changes that may still be read. */
  left: number;
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
