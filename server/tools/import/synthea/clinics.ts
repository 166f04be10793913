import { clinicDocId } from '../../../../shared-schemas/ids.ts';
import type { Clinic } from '../../../../shared-schemas/reference.ts';
import { validateDocument } from '../../../../shared-schemas/validate.ts';
import { ImportSourceError } from '../import-source.ts';
import type { FileAccount, Ledger } from '../ledger.ts';
import { attempt, checked } from '../row-fault.ts';
import type { Activity } from './activity.ts';
import { clinicSlugs } from './clinic-slug.ts';
import { addressOf, commonFields, given } from './common-fields.ts';
import { csvName, type Row } from './files.ts';
import { stableIndex } from './stable-id.ts';

export interface ClinicPlan {
  readonly documents: readonly Clinic[];
  /** Whether organizations.csv has a usable row of that Id. */
  isKnown(organizationId: string): boolean;
  /** The clinic that stands for an organization, known or not. Also good for any other stable key. */
  slugOf(organizationId: string): string;
}

interface Candidate {
  readonly id: string;
  readonly visits: number;
  readonly clinic: Clinic;
}

/**
 * The `count` organizations with most encounters become clinics; each of the others is merged into one of them, chosen by a
 * hash of its Id. Throws ImportSourceError where no organization is usable: every patient needs a clinic.
 */
export function planClinics(
  rows: readonly Row<'organizations'>[],
  activity: Activity,
  count: number,
  ledger: Ledger,
): ClinicPlan {
  const account = ledger.account(csvName('organizations'));
  const slugs = clinicSlugs(rows.map(({ key, cells }) => ({ id: key, name: cells.NAME })));
  const candidates: Candidate[] = [];
  for (const row of rows) {
    const id = row.key;
    const clinic = attempt(account, row, () => clinicOf(row, slugs.get(id) ?? '', activity.firstSeenMs(id), account));
    if (clinic) candidates.push({ id, visits: activity.visitsAt(id), clinic });
  }
  candidates.sort((a, b) => b.visits - a.visits || (a.id < b.id ? -1 : 1));
  const chosen = candidates.slice(0, count);
  account.documents += chosen.length;
  account.merged += candidates.length - chosen.length;
  return planOf(chosen, new Set(candidates.map(({ id }) => id)));
}

function planOf(chosen: readonly Candidate[], known: ReadonlySet<string>): ClinicPlan {
  const own = new Map(chosen.map(({ id, clinic }) => [id, clinic.slug]));
  const slugs = [...own.values()].sort();
  const foldedInto = (key: string): string => slugs[stableIndex(`organization:${key}`, slugs.length)] ?? '';
  if (slugs.length === 0) throw new ImportSourceError('organizations.csv: no row can be a clinic');
  return {
    documents: chosen.map(({ clinic }) => clinic),
    isKnown: (id) => known.has(id),
    slugOf: (id) => own.get(id) ?? foldedInto(id),
  };
}

function clinicOf(row: Row<'organizations'>, slug: string, createdAtMs: number, account: FileAccount): Clinic {
  const { cells } = row;
  const clinic: Clinic = {
    _id: clinicDocId(slug),
    type: 'clinic',
    ...commonFields(createdAtMs),
    slug,
    name: cells.NAME,
    ...given({ address: addressOf(cells), phoneNumber: cells.PHONE }),
  };
  // Synthea puts several numbers, with words between them, into some of these cells.
  if (!validateDocument('clinic', clinic).some(({ path }) => path === '/phoneNumber')) return checked('clinic', clinic);
  const { phoneNumber: _, ...rest } = clinic;
  const document = checked('clinic', rest);
  account.note('PHONE left out: it is not one telephone number');
  return document;
}
