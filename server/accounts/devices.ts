/** Enrolled devices: whose they are, and when they were first and last logged in from. */
import { newUlid } from '../../shared-schemas/ids.ts';
import { HttpError } from '../http/errors.ts';
import { DocumentTable } from '../store/document-table.ts';
import type { Database } from '../store/store.ts';

export interface Device {
  readonly deviceId: string;
  /** User id of the account that logged in from it first; no other account can use its id. */
  readonly owner: string;
  /** The owner's, which never changes; absent where nobody logged in from it since this is kept. */
  readonly username?: string;
  readonly name?: string;
  /** Whether an administrator gave it its name: then a login does not change it. */
  readonly renamed?: true;
  /** Name and version of its app, as it announces itself. */
  readonly clientVersion?: string;
  /** Version of the documents' schemas that its app works with, as it announces itself. */
  readonly schemaVersion?: number;
  readonly firstLoginAt: string;
  readonly lastLoginAt: string;
  /** Since when nobody can log in from it. */
  readonly revokedAt?: string;
  /** When it was told to discard its local database and pull anew; absent where it was not, or has begun since. */
  readonly freshReplicaAt?: string;
  /** When it was told to make the replica that it has, or is making. */
  readonly lastFreshReplicaAt?: string;
}

/** What a device says about itself; what it does not say stays as it was. */
export interface Announcement {
  readonly clientVersion?: string | undefined;
  readonly schemaVersion?: number | undefined;
}

export interface Enrolment extends Announcement {
  readonly owner: string;
  readonly username?: string | undefined;
  /** As the client names itself; without one it is given one. */
  readonly deviceId?: string | undefined;
  readonly name?: string | undefined;
}

/** Which devices an account has, so that they are found without reading everybody's. */
interface Ownership {
  readonly deviceId: string;
}

export const DEVICE_PREFIX = 'device:';
const OWNERSHIP_PREFIX = 'device-of:';
export const DEVICE_ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;
export const newDeviceId = (): string => `d${newUlid()}`;

export class Devices {
  readonly #table: DocumentTable<Device>;
  readonly #ownerships: DocumentTable<Ownership>;
  readonly #now: () => number;
  readonly #listeners = new Set<(device: Device) => void>();

  constructor(database: Database, now: () => number = Date.now) {
    this.#table = new DocumentTable(database, DEVICE_PREFIX, resolveDevice);
    this.#ownerships = new DocumentTable(database, OWNERSHIP_PREFIX);
    this.#now = now;
  }

  /**
   * Notes a login from a device, which makes it the account's.
   * @throws HttpError `device_taken`, `device_revoked`
   */
  async enrol({ owner, username, deviceId = newDeviceId(), name, ...announced }: Enrolment): Promise<Device> {
    const lastLoginAt = new Date(this.#now()).toISOString();
    const device: Device = {
      deviceId,
      owner,
      ...(username !== undefined && { username }),
      ...(name && { name }),
      ...said(announced),
      firstLoginAt: lastLoginAt,
      lastLoginAt,
    };
    const enrolled = await this.#update(deviceId, (known) => {
      if (known && known.owner !== owner) throw new HttpError('device_taken');
      if (known?.revokedAt) throw new HttpError('device_revoked');
      return known ? { ...known, ...device, ...kept(known) } : device;
    });
    await this.#ownerships.update(ownershipKey(owner, deviceId), (known) => known ?? { deviceId });
    return enrolled ?? device;
  }

  /** Keeps what a device says about itself; writes only where that is new. Undefined where there is no such device. */
  announce(deviceId: string, announced: Announcement): Promise<Device | undefined> {
    return this.#update(deviceId, (known) => {
      const { clientVersion = known?.clientVersion, schemaVersion = known?.schemaVersion } = announced;
      const isNews = clientVersion !== known?.clientVersion || schemaVersion !== known?.schemaVersion;
      return known && isNews ? { ...known, ...said(announced) } : known;
    });
  }

  /** Tells the device to discard its local database. Positions that it was given before mean the beginning from now on. */
  orderFreshReplica(deviceId: string): Promise<Device | undefined> {
    return this.#update(deviceId, (known) => {
      // Two orders must differ: positions are told apart by the order that they were given after.
      const afterMs = Date.parse(orderOf(known) ?? '') + 1 || 0;
      return known && { ...known, freshReplicaAt: new Date(Math.max(this.#now(), afterMs)).toISOString() };
    });
  }

  /** The device has confirmed a position that it was given after this order. */
  freshReplicaBegun(deviceId: string, order: string): Promise<Device | undefined> {
    return this.#update(deviceId, (known) => {
      if (known?.freshReplicaAt !== order) return known;
      const { freshReplicaAt: _, ...device } = known;
      return { ...device, lastFreshReplicaAt: order };
    });
  }

  /**
   * Refuses logins from the device from now on. Its sessions are ended by `Sessions.revokeDevice`, to be called afterwards: a
   * login that was under way looks here once more.
   */
  revoke(deviceId: string): Promise<Device | undefined> {
    const revokedAt = new Date(this.#now()).toISOString();
    return this.#update(deviceId, (known) => (known && !known.revokedAt ? { ...known, revokedAt } : known));
  }

  /** Lets the device in again, by a new login. */
  restore(deviceId: string): Promise<Device | undefined> {
    return this.#update(deviceId, (known) => {
      if (!known?.revokedAt) return known;
      const { revokedAt: _, ...restored } = known;
      return restored;
    });
  }

  /** Names a device for good. Undefined where there is no such device. */
  rename(deviceId: string, name: string): Promise<Device | undefined> {
    return this.#update(deviceId, (known) => known && { ...known, name, renamed: true });
  }

  find(deviceId: string): Promise<Device | undefined> {
    return this.#table.get(deviceId);
  }

  /** The devices that the account logged in from. */
  async listOf(owner: string): Promise<Device[]> {
    const ownerships = await this.#ownerships.list(ownershipKey(owner, ''));
    const devices = await Promise.all(ownerships.map(({ deviceId }) => this.find(deviceId)));
    return devices.flatMap((device) => (device ? [device] : []));
  }

  async documentIdsOf(owner: string): Promise<string[]> {
    const devices = await this.listOf(owner);
    return devices.flatMap(({ deviceId }) => [
      this.#table.idOf(deviceId),
      this.#ownerships.idOf(ownershipKey(owner, deviceId)),
    ]);
  }

  /** In the order of the ids; undefined where there is no such device. */
  findAll(deviceIds: readonly string[]): Promise<(Device | undefined)[]> {
    return this.#table.getAll(deviceIds);
  }

  /** Calls `listener` with each device that this server changed, before whoever changed it goes on. It must not throw. */
  onWritten(listener: (device: Device) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #update(
    deviceId: string,
    change: (known: Device | undefined) => Device | undefined,
  ): Promise<Device | undefined> {
    const device = await this.#table.update(deviceId, change);
    if (device) for (const listener of this.#listeners) listener(device);
    return device;
  }
}

/** The newest order to make a fresh replica, whether it was followed or not. */
export const orderOf = (device: Device | undefined): string | undefined =>
  device?.freshReplicaAt ?? device?.lastFreshReplicaAt;

const said = ({ clientVersion, schemaVersion }: Announcement): Pick<Device, 'clientVersion' | 'schemaVersion'> => ({
  ...(clientVersion !== undefined && { clientVersion }),
  ...(schemaVersion !== undefined && { schemaVersion }),
});

/** What a login leaves as it is. */
const kept = ({ firstLoginAt, name, renamed }: Device) => ({
  firstLoginAt,
  ...(renamed && name !== undefined && { name }),
});

/** Two servers wrote at once: a device that one of them revoked is revoked, and an order of one of them is not lost. */
function resolveDevice(winner: Device, others: readonly Device[]): Device {
  const { revokedAt: _, freshReplicaAt: __, lastFreshReplicaAt: ___, ...device } = winner;
  const versions = [winner, ...others];
  const revokedAt = versions.find((version) => version.revokedAt)?.revokedAt;
  return { ...device, ...(revokedAt && { revokedAt }), ...newestOrder(versions) };
}

/** One that any version says is followed, is. */
function newestOrder(versions: readonly Device[]): Pick<Device, 'freshReplicaAt' | 'lastFreshReplicaAt'> {
  const newestOf = (times: readonly (string | undefined)[]) =>
    times.reduce<string>((newest, time = '') => (time > newest ? time : newest), '');
  const followed = newestOf(versions.map(({ lastFreshReplicaAt }) => lastFreshReplicaAt));
  const ordered = newestOf(versions.map(({ freshReplicaAt }) => freshReplicaAt));
  return {
    ...(followed && { lastFreshReplicaAt: followed }),
    ...(ordered && ordered > followed && { freshReplicaAt: ordered }),
  };
}

const ownershipKey = (owner: string, deviceId: string): string => `${owner}-${deviceId}`;
