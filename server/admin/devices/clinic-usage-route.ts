/** How many accounts and devices each clinic has, for administrators. */
import type { Accounts } from '../../accounts/accounts.ts';
import type { KnownDevices } from '../../accounts/known-devices.ts';
import { type ApiRoute, type JsonSchema, route } from '../../http/api-route.ts';
import { LookUps } from '../../lib/look-ups.ts';
import type { DeviceActivity } from '../monitoring/device-activity.ts';

export interface ClinicUsageOptions {
  readonly accounts: Pick<Accounts, 'scan'>;
  readonly knownDevices: Pick<KnownDevices, 'get'>;
  readonly activity: Pick<DeviceActivity, 'list'>;
  readonly nowMs: () => number;
}

export interface ClinicUsage {
  /** Its slug. */
  readonly clinic: string;
  /** Accounts that may log in for it, disabled ones too. */
  readonly accounts: number;
  /** Devices that were last used for it, without the revoked ones. */
  readonly devices: number;
  /** Of these, those with a live feed open. */
  readonly connected: number;
}

const number = (description: string): JsonSchema => ({ type: 'integer', minimum: 0, description });
const usageSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    clinic: { type: 'string', description: 'Its slug' },
    accounts: number('Accounts that may log in for it, disabled ones too'),
    devices: number('Devices that were last used for it, without the revoked ones'),
    connected: number('Of these devices, those with a live feed open'),
  },
  required: ['clinic', 'accounts', 'devices', 'connected'],
};

/** Counting accounts reads all of them, and pages ask again at every login: what was counted is right for so long. */
const REMEMBER_MS = 5_000;

export function clinicUsageRoute(options: ClinicUsageOptions): ApiRoute {
  const accounts = new LookUps<ReadonlyMap<string, number>>({
    maxAgeMs: REMEMBER_MS,
    maxEntries: 1,
    now: options.nowMs,
  });
  const countAccounts = () => accounts.get('accounts', () => accountsByClinic(options));
  return route({
    method: 'get',
    path: '/admin/clinic-usage',
    tag: 'replication',
    summary: 'Count the accounts and devices of each clinic',
    description: 'Clinics that have neither are not listed. What accounts there are may be as old as five seconds.',
    access: { roles: ['admin'] },
    answers: {
      200: {
        description: 'In the order of slugs',
        schema: {
          type: 'object',
          additionalProperties: false,
          properties: { items: { type: 'array', items: usageSchema } },
          required: ['items'],
        },
      },
    },
    handle: async () => ({ body: { items: await usageOf(options, await countAccounts()) } }),
  });
}

async function accountsByClinic({ accounts }: ClinicUsageOptions): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for await (const { clinicIds } of accounts.scan())
    for (const clinic of clinicIds) counts.set(clinic, (counts.get(clinic) ?? 0) + 1);
  return counts;
}

async function usageOf(
  { knownDevices, activity }: ClinicUsageOptions,
  accounts: ReadonlyMap<string, number>,
): Promise<ClinicUsage[]> {
  const found = new Map<string, { accounts: number; devices: number; connected: number }>();
  const of = (clinic: string) => {
    const usage = found.get(clinic) ?? { accounts: 0, devices: 0, connected: 0 };
    found.set(clinic, usage);
    return usage;
  };
  for (const [clinic, count] of accounts) of(clinic).accounts = count;
  for (const { deviceId, clinicId, connected } of await activity.list()) {
    const device = knownDevices.get(deviceId);
    if (clinicId === undefined || !device || device.revokedAt !== undefined) continue;
    of(clinicId).devices++;
    if (connected) of(clinicId).connected++;
  }
  return [...found].map(([clinic, usage]) => ({ clinic, ...usage })).sort((a, b) => (a.clinic < b.clinic ? -1 : 1));
}
