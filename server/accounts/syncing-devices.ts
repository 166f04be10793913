/** Which sessions may sync: those of enrolled devices. One that did not say that it is a device's is enrolled when it first syncs. */
import { HttpError } from '../http/errors.ts';
import type { AuthenticatedPrincipal } from '../http/request-principal.ts';
import type { Devices } from './devices.ts';
import type { KnownDevices } from './known-devices.ts';
import type { Sessions } from './sessions.ts';

export interface SyncingDevicesOptions {
  readonly devices: Pick<Devices, 'find' | 'enrolSyncing' | 'forget'>;
  readonly knownDevices: Pick<KnownDevices, 'has'>;
  readonly sessions: Pick<Sessions, 'findLive'>;
}

export class SyncingDevices {
  readonly #options: SyncingDevicesOptions;

  constructor(options: SyncingDevicesOptions) {
    this.#options = options;
  }

  /**
   * Lets a request sync. Asks the store only where this server does not know the device yet.
   * @throws HttpError `unauthorized` where the session is over; as `Devices.enrolSyncing` does
   */
  async admit({ sessionId, deviceId }: Pick<AuthenticatedPrincipal, 'sessionId' | 'deviceId'>): Promise<void> {
    const { devices, knownDevices, sessions } = this.#options;
    if (knownDevices.has(deviceId)) return;
    const session = await sessions.findLive(sessionId);
    if (!session) throw new HttpError('unauthorized');
    if (await devices.find(deviceId)) return;
    // The device was forgotten: what is left of its sessions must not bring it back.
    if (!session.enrolsAtSync) throw new HttpError('unauthorized');
    const { userId: owner, username, deviceName: name } = session;
    await devices.enrolSyncing({ owner, username, deviceId, name });
    // Whoever forgot the device meanwhile ended its sessions first.
    if (await sessions.findLive(sessionId)) return;
    const device = await devices.find(deviceId);
    if (device) await devices.forget(device);
    throw new HttpError('unauthorized');
  }
}
