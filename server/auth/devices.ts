/** Enrolled devices: whose they are, and when they were first and last logged in from. */
import { newUlid } from '../../shared-schemas/ids.ts';
import { HttpError } from '../http/errors.ts';
import type { Database } from '../store/store.ts';
import { DocumentTable } from './document-table.ts';

export interface Device {
  readonly deviceId: string;
  /** User id of the account that logged in from it first; no other account can use its id. */
  readonly owner: string;
  readonly name?: string;
  /** Whether an administrator gave it its name: then a login does not change it. */
  readonly renamed?: true;
  readonly firstLoginAt: string;
  readonly lastLoginAt: string;
  /** Since when nobody can log in from it. */
  readonly revokedAt?: string;
}

export interface Enrolment {
  readonly owner: string;
  /** As the client names itself; without one it is given one. */
  readonly deviceId?: string | undefined;
  readonly name?: string | undefined;
}

/** Which devices an account has, so that they are found without reading everybody's. */
interface Ownership {
  readonly deviceId: string;
}

const DEVICE_PREFIX = 'device:';
const OWNERSHIP_PREFIX = 'device-of:';
export const DEVICE_ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;
export const newDeviceId = (): string => `d${newUlid()}`;

export class Devices {
  readonly #table: DocumentTable<Device>;
  readonly #ownerships: DocumentTable<Ownership>;
  readonly #now: () => number;

  constructor(database: Database, now: () => number = Date.now) {
    this.#table = new DocumentTable(database, DEVICE_PREFIX, resolveDevice);
    this.#ownerships = new DocumentTable(database, OWNERSHIP_PREFIX);
    this.#now = now;
  }

  /**
   * Notes a login from a device, which makes it the account's.
   * @throws HttpError `device_taken`, `device_revoked`
   */
  async enrol({ owner, deviceId = newDeviceId(), name }: Enrolment): Promise<Device> {
    const lastLoginAt = new Date(this.#now()).toISOString();
    const device: Device = { deviceId, owner, firstLoginAt: lastLoginAt, lastLoginAt, ...(name && { name }) };
    const enrolled = await this.#table.update(deviceId, (known) => {
      if (known && known.owner !== owner) throw new HttpError('device_taken');
      if (known?.revokedAt) throw new HttpError('device_revoked');
      return known ? { ...known, ...device, ...kept(known) } : device;
    });
    await this.#ownerships.update(ownershipKey(owner, deviceId), (known) => known ?? { deviceId });
    return enrolled ?? device;
  }

  /**
   * Refuses logins from the device from now on. Its sessions are ended by `Sessions.revokeDevice`, to be called afterwards: a
   * login that was under way looks here once more.
   */
  revoke(deviceId: string): Promise<Device | undefined> {
    const revokedAt = new Date(this.#now()).toISOString();
    return this.#table.update(deviceId, (known) => (known && !known.revokedAt ? { ...known, revokedAt } : known));
  }

  /** Lets the device in again, by a new login. */
  restore(deviceId: string): Promise<Device | undefined> {
    return this.#table.update(deviceId, (known) => {
      if (!known?.revokedAt) return known;
      const { revokedAt: _, ...restored } = known;
      return restored;
    });
  }

  /** Names a device for good. Undefined where there is no such device. */
  rename(deviceId: string, name: string): Promise<Device | undefined> {
    return this.#table.update(deviceId, (known) => known && { ...known, name, renamed: true });
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

  list(): Promise<Device[]> {
    return this.#table.list();
  }
}

/** What a login leaves as it is. */
const kept = ({ firstLoginAt, name, renamed }: Device) => ({
  firstLoginAt,
  ...(renamed && name !== undefined && { name }),
});

/** Two servers wrote at once: a device that one of them revoked is revoked. */
function resolveDevice(winner: Device, others: readonly Device[]): Device {
  const revokedAt = winner.revokedAt ?? others.find((other) => other.revokedAt)?.revokedAt;
  return revokedAt ? { ...winner, revokedAt } : winner;
}

const ownershipKey = (owner: string, deviceId: string): string => `${owner}-${deviceId}`;
