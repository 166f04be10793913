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
  readonly firstLoginAt: string;
  readonly lastLoginAt: string;
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
    this.#table = new DocumentTable(database, DEVICE_PREFIX);
    this.#ownerships = new DocumentTable(database, OWNERSHIP_PREFIX);
    this.#now = now;
  }

  /**
   * Notes a login from a device, which makes it the account's.
   * @throws HttpError `device_taken`
   */
  async enrol({ owner, deviceId = newDeviceId(), name }: Enrolment): Promise<Device> {
    const lastLoginAt = new Date(this.#now()).toISOString();
    const device: Device = { deviceId, owner, firstLoginAt: lastLoginAt, lastLoginAt, ...(name && { name }) };
    const enrolled = await this.#table.update(deviceId, (known) => {
      if (known && known.owner !== owner) throw new HttpError('device_taken');
      return known ? { ...known, ...device, firstLoginAt: known.firstLoginAt } : device;
    });
    await this.#ownerships.update(ownershipKey(owner, deviceId), (known) => known ?? { deviceId });
    return enrolled ?? device;
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

const ownershipKey = (owner: string, deviceId: string): string => `${owner}-${deviceId}`;
