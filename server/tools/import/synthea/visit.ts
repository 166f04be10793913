import type { MedicalRecord } from '../../../../shared-schemas/record.ts';
import type { FileAccount } from '../ledger.ts';
import { IMPORT_USER } from './common-fields.ts';

/** An encounter that was mapped, as the other documents of the patient need it. */
export interface Visit {
  readonly encounterId: string;
  readonly record: MedicalRecord;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly clinicSlug: string;
  /** The provider's user id, where the provider is known. */
  readonly staffUserId?: string | undefined;
  readonly isWellness: boolean;
}

/** The patient's visits by encounter Id. */
export type Visits = ReadonlyMap<string, Visit>;

export const authorOf = (visit: Visit | undefined): string => visit?.staffUserId ?? IMPORT_USER;

export const recordLink = (visit: Visit | undefined): { recordId?: string } =>
  visit ? { recordId: visit.record._id } : {};

/** Notes that a document is stored without a link because its row names an encounter that is not there. */
export function noteMissingVisit(account: FileAccount, encounterId: string, visit: Visit | undefined): void {
  if (encounterId !== '' && !visit) account.note('ENCOUNTER is no imported visit of the patient: stored without link');
}
