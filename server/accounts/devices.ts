/** Enrolled devices: whose they are, how they prove themselves, and when they were first and last logged in from. */
import { randomBytes } from 'node:crypto';
import { ULID_PATTERN } from '../../shared-schemas/fields.ts';
import { newUlid } from '../../shared-schemas/ids.ts';
import { HttpError } from '../http/errors.ts';
import { DocumentTable } from '../store/document-table.ts';
import type { Database } from '../store/store.ts';
import { DEFAULT_MAX_DEVICES, type EnrolmentCode, Enrolments } from './enrolments.ts';
import { hashToken, sameHash } from './token-hash.ts';

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
  /** Of the secret by which it proves at a login that it is this device; absent until it was given one. */
  readonly secretHash?: string;
  /** Where a refresh gave the secret: hash of the token that was refreshed, as the answer may be lost and asked for again. */
  readonly secretGivenBy?: string;
  /** When it was let in; absent where that was up to release 0.1.0, when every login made a device. */
  readonly enrolledAt?: string;
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
  /** What it was given when it was enrolled. */
  readonly deviceSecret?: string | undefined;
  /** By which an administrator lets it in. */
  readonly enrolmentCode?: string | undefined;
  readonly name?: string | undefined;
}

export interface EnrolledDevice {
  readonly device: Device;
  /** Where it has just been given one: it is stored nowhere. */
  readonly deviceSecret?: string;
}

/** What is said of a device to its owner and to administrators. A new field is nobody's until it stands here. */
const PUBLIC_FIELDS = [
  'deviceId',
  'owner',
  'username',
  'name',
  'renamed',
  'clientVersion',
  'schemaVersion',
  'firstLoginAt',
  'lastLoginAt',
  'revokedAt',
  'freshReplicaAt',
  'lastFreshReplicaAt',
] as const satisfies readonly (keyof Device)[];
export type PublicDevice = Pick<Device, (typeof PUBLIC_FIELDS)[number]>;
export const publicDevice = (device: Device): PublicDevice =>
  Object.fromEntries(
    PUBLIC_FIELDS.flatMap((field) => (device[field] === undefined ? [] : [[field, device[field]]])),
  ) as unknown as PublicDevice;

/** Which devices an account has, so that they are found without reading everybody's. */
interface Ownership {
  readonly deviceId: string;
}

export const DEVICE_PREFIX = 'device:';
const OWNERSHIP_PREFIX = 'device-of:';
export const DEVICE_ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;
export const newDeviceId = (): string => `d${newUlid()}`;
/** An id that only the server gives: a session that is not enrolled yet has one, and no other account may take it. */
const MADE_HERE = new RegExp(`^d${ULID_PATTERN}$`);
const newDeviceSecret = (): string => randomBytes(32).toString('base64url');

export class Devices {
  readonly #table: DocumentTable<Device>;
  readonly #ownerships: DocumentTable<Ownership>;
  readonly #enrolments: Enrolments;
  readonly #now: () => number;
  readonly #listeners = new Set<(device: Device) => void>();

  constructor(database: Database, now: () => number = Date.now, maxDevices = DEFAULT_MAX_DEVICES) {
    this.#table = new DocumentTable(database, DEVICE_PREFIX, resolveDevice);
    this.#ownerships = new DocumentTable(database, OWNERSHIP_PREFIX);
    this.#enrolments = new Enrolments(database, { maxDevices, now });
    this.#now = now;
  }

  /**
   * Notes a login from a device, and enrols it where it is new. One that names a device and does not prove to be it, by the secret,
   * is another one: it gets an id of its own. One that has no secret yet is believed, and gets its secret, but not where a
   * device of the account was revoked: ids of devices are no secrets.
   * @throws HttpError `device_taken`, `device_revoked`, `enrolment_needed`, `too_many_devices`
   */
  async enrol(enrolment: Enrolment): Promise<EnrolledDevice> {
    // Where another login with the same id was quicker, this one has to prove itself against what that one was given.
    for (;;) {
      const enrolled = await this.#tryEnrol(enrolment);
      if (enrolled) return enrolled;
    }
  }

  async #tryEnrol(enrolment: Enrolment): Promise<EnrolledDevice | undefined> {
    const { owner, deviceId: named, deviceSecret, enrolmentCode: code } = enrolment;
    const known = named === undefined ? undefined : await this.find(named);
    if (known && known.owner !== owner) throw new HttpError('device_taken');
    if (known?.revokedAt) throw new HttpError('device_revoked');
    const owned = await this.listOf(owner);
    const isProven = known !== undefined && (await this.#mayGoOn(known, deviceSecret, owned));
    const deviceId = isProven ? known.deviceId : idOfNew(known ? undefined : named);
    if (!isProven) await this.#enrolments.admit({ owner, deviceId, owned, code });
    const secret = isProven && known.secretHash !== undefined ? undefined : newDeviceSecret();
    const device = await this.#logIn(deviceId, enrolment, isProven ? known.secretHash : undefined, secret);
    return device && { device, ...(secret !== undefined && { deviceSecret: secret }) };
  }

  /** Whether a login shows the secret of this device of the account. */
  async isProven(owner: string, deviceId: string | undefined, secret: string | undefined): Promise<boolean> {
    if (deviceId === undefined || secret === undefined) return false;
    const known = await this.find(deviceId);
    return known?.owner === owner && !known.revokedAt && sameHash(hashToken(secret), known.secretHash);
  }

  async #mayGoOn(known: Device, secret: string | undefined, owned: readonly Device[]): Promise<boolean> {
    if (known.secretHash === undefined) return !(await this.#enrolments.isGuarded(known.owner, owned));
    return secret !== undefined && sameHash(hashToken(secret), known.secretHash);
  }

  /** Undefined where the device's secret is no longer the one of `secretHash`. */
  async #logIn(
    deviceId: string,
    { owner, username, name, clientVersion, schemaVersion }: Enrolment,
    secretHash: string | undefined,
    secret: string | undefined,
  ): Promise<Device | undefined> {
    const lastLoginAt = new Date(this.#now()).toISOString();
    const login: Device = {
      deviceId,
      owner,
      ...(username !== undefined && { username }),
      ...(name && { name }),
      ...said({ clientVersion, schemaVersion }),
      firstLoginAt: lastLoginAt,
      lastLoginAt,
      ...(secret !== undefined && { secretHash: hashToken(secret) }),
    };
    let isOther = false;
    const device = await this.#update(deviceId, (known) => {
      if (known && known.owner !== owner) throw new HttpError('device_taken');
      if (known?.revokedAt) throw new HttpError('device_revoked');
      isOther = known?.secretHash !== secretHash;
      if (isOther) return known;
      return known ? { ...known, ...login, ...kept(known) } : { ...login, enrolledAt: lastLoginAt };
    });
    if (isOther) return undefined;
    await this.#own(owner, deviceId);
    return device;
  }

  /**
   * Enrols the device of a session that did not say at its login that it is one. It gets its secret at its next refresh. Doing
   * it again is harmless.
   * @throws HttpError `device_taken`, `device_revoked`, `enrolment_needed`, `too_many_devices`
   */
  async enrolSyncing({
    owner,
    username,
    deviceId,
    name,
  }: Required<Pick<Enrolment, 'owner' | 'username'>> & {
    readonly deviceId: string;
    readonly name?: string | undefined;
  }): Promise<void> {
    await this.#enrolments.admit({ owner, deviceId, owned: await this.listOf(owner) });
    const at = new Date(this.#now()).toISOString();
    await this.#update(deviceId, (known) => {
      if (known && known.owner !== owner) throw new HttpError('device_taken');
      if (known?.revokedAt) throw new HttpError('device_revoked');
      const times = { firstLoginAt: at, lastLoginAt: at, enrolledAt: at };
      return known ?? { deviceId, owner, ...(username !== undefined && { username }), ...(name && { name }), ...times };
    });
    await this.#own(owner, deviceId);
  }

  /**
   * Notes a refresh from a device. One that has no secret is given one: the refresh token proves that it is the device. Where the
   * same token is refreshed again the answer was lost, and a new secret takes the place of the lost one.
   */
  async refreshed(deviceId: string, announced: Announcement, refreshToken: string): Promise<Partial<EnrolledDevice>> {
    const [secret, secretGivenBy] = [newDeviceSecret(), hashToken(refreshToken)];
    const secretHash = hashToken(secret);
    const device = await this.#update(deviceId, (known) => {
      if (!known || known.revokedAt) return known;
      const isDue = known.secretHash === undefined || known.secretGivenBy === secretGivenBy;
      if (!isDue) return withAnnouncement(known, announced);
      return { ...withAnnouncement(known, announced), secretHash, secretGivenBy };
    });
    return { ...(device && { device }), ...(device?.secretHash === secretHash && { deviceSecret: secret }) };
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

  /**
   * Removes what is kept of a device; its sessions have to be over. The account of one that was revoked goes on needing an
   * administrator's word for another. Doing it again is harmless.
   */
  async forget({ owner, deviceId, revokedAt }: Device): Promise<void> {
    await this.#enrolments.forget(owner, deviceId, revokedAt !== undefined);
    await this.#ownerships.remove(ownershipKey(owner, deviceId));
    await this.#table.remove(deviceId);
  }

  /** A code by which the account may enrol one device, also where one of its was revoked. */
  newEnrolmentCode(owner: string): Promise<EnrolmentCode> {
    return this.#enrolments.newCode(owner);
  }

  find(deviceId: string): Promise<Device | undefined> {
    return this.#table.get(deviceId);
  }

  /** The devices that the account logged in from. */
  async listOf(owner: string): Promise<Device[]> {
    const ownerships = await this.#ownerships.list(ownershipKey(owner, ''));
    const devices = await this.findAll(ownerships.map(({ deviceId }) => deviceId));
    return devices.flatMap((device) => (device ? [device] : []));
  }

  async documentIdsOf(owner: string): Promise<string[]> {
    const devices = await this.listOf(owner);
    const ids = devices.flatMap(({ deviceId }) => [
      this.#table.idOf(deviceId),
      this.#ownerships.idOf(ownershipKey(owner, deviceId)),
    ]);
    return [...ids, this.#enrolments.documentIdOf(owner)];
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

  async #own(owner: string, deviceId: string): Promise<void> {
    await this.#ownerships.update(ownershipKey(owner, deviceId), (known) => known ?? { deviceId });
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

const idOfNew = (named: string | undefined): string =>
  named === undefined || MADE_HERE.test(named) ? newDeviceId() : named;

/** The newest order to make a fresh replica, whether it was followed or not. */
export const orderOf = (device: Device | undefined): string | undefined =>
  device?.freshReplicaAt ?? device?.lastFreshReplicaAt;

const said = ({ clientVersion, schemaVersion }: Announcement): Pick<Device, 'clientVersion' | 'schemaVersion'> => ({
  ...(clientVersion !== undefined && { clientVersion }),
  ...(schemaVersion !== undefined && { schemaVersion }),
});

/** The same object where a device says nothing new of itself, so that nothing is written. */
function withAnnouncement(known: Device, announced: Announcement): Device {
  const { clientVersion = known.clientVersion, schemaVersion = known.schemaVersion } = announced;
  const isNews = clientVersion !== known.clientVersion || schemaVersion !== known.schemaVersion;
  return isNews ? { ...known, ...said(announced) } : known;
}

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
  const secretHash = versions.find((version) => version.secretHash)?.secretHash;
  return {
    ...device,
    ...(revokedAt && { revokedAt }),
    ...(secretHash && { secretHash }),
    ...newestOrder(versions),
  };
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
