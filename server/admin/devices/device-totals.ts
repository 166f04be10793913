/** What a device sent and was sent, over all of its databases. */
import type { DeviceView } from '../monitoring/device-activity.ts';

export interface DeviceTotals {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly documentsIn: number;
  readonly documentsOut: number;
  /** Of `documentsIn`. */
  readonly refused: number;
}

export function totalsOf({ databases }: Pick<DeviceView, 'databases'>): DeviceTotals {
  const totals = { bytesIn: 0, bytesOut: 0, documentsIn: 0, documentsOut: 0, refused: 0 };
  for (const database of Object.values(databases)) {
    totals.bytesIn += database.bytesIn;
    totals.bytesOut += database.bytesOut;
    totals.documentsIn += database.documentsIn;
    totals.documentsOut += database.documentsOut;
    totals.refused += database.refused;
  }
  return totals;
}

export const refusedBy = (view: DeviceView | undefined): number =>
  Object.values(view?.databases ?? {}).reduce((sum, { refused }) => sum + refused, 0);
