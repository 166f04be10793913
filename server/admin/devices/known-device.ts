import type { Device } from '../../accounts/devices.ts';
import type { DeviceView } from '../monitoring/device-activity.ts';

/** What is known of one device without asking the store. */
export interface KnownDevice {
  readonly device: Device;
  readonly view: DeviceView | undefined;
}
