/** What the audit log says of devices. */

export interface DeviceEvent {
  readonly kind: 'device_revoked' | 'device_restored' | 'device_renamed' | 'device_fresh_replica' | 'device_forgotten';
  readonly deviceId: string;
  /** User id of its owner. */
  readonly userId: string;
  /** User id of the administrator. */
  readonly by: string;
}
