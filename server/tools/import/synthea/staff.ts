import type { Staff } from '../../../../shared-schemas/reference.ts';
import type { Ledger } from '../ledger.ts';
import { attempt, checked } from '../row-fault.ts';
import type { Activity } from './activity.ts';
import type { ClinicPlan } from './clinics.ts';
import { commonFields, given } from './common-fields.ts';
import { csvName, type Row } from './files.ts';
import { stableUlid } from './stable-id.ts';

/** Who dispensed what was dispensed: Synthea does not say, and a filled prescription must. */
export const IMPORT_PHARMACIST = 'import-pharmacist';

export interface StaffPlan {
  readonly documents: readonly Staff[];
  /** The user id of a provider, or undefined where providers.csv has no usable row of that Id. */
  userIdOf(providerId: string): string | undefined;
}

export function planStaff(
  rows: readonly Row<'providers'>[],
  activity: Activity,
  clinics: ClinicPlan,
  ledger: Ledger,
): StaffPlan {
  const account = ledger.account(csvName('providers'));
  const documents: Staff[] = [];
  const userIds = new Map<string, string>();
  for (const row of rows) {
    const document = attempt(account, row, () => doctorOf(row, activity, clinics));
    if (!document) continue;
    if (!clinics.isKnown(row.cells.ORGANIZATION)) account.note('ORGANIZATION is no Id of organizations.csv: folded');
    account.documents += 1;
    documents.push(document);
    userIds.set(row.key, userIdOf(row.key));
  }
  return { documents, userIdOf: (providerId) => userIds.get(providerId) };
}

const userIdOf = (providerId: string): string => `u${stableUlid(0, `user:${providerId}`)}`;

function doctorOf({ key, cells }: Row<'providers'>, activity: Activity, clinics: ClinicPlan): Staff {
  return checked('staff', {
    _id: `staff:staff:${stableUlid(0, `provider:${key}`)}`,
    type: 'staff',
    ...commonFields(activity.firstSeenMs(key)),
    userId: userIdOf(key),
    name: cells.NAME,
    role: 'doctor',
    clinicIds: [clinics.slugOf(cells.ORGANIZATION)],
    ...given({ speciality: cells.SPECIALITY }),
  });
}

/** The directory entry of IMPORT_PHARMACIST, at every clinic. */
export function importPharmacist(clinics: ClinicPlan, createdAtMs: number): Staff {
  return checked('staff', {
    _id: `staff:staff:${stableUlid(0, `user:${IMPORT_PHARMACIST}`)}`,
    type: 'staff',
    ...commonFields(createdAtMs),
    userId: IMPORT_PHARMACIST,
    name: 'Imported dispensings',
    role: 'pharmacist',
    clinicIds: clinics.documents.map(({ slug }) => slug),
  });
}
