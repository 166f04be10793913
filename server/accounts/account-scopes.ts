/** What accounts are for: which role goes with which scope, and whether the clinics and the patient are there. */
import { clinicDocId, patientDocId } from '../../shared-schemas/ids.ts';
import { scopeOf } from '../../shared-schemas/roles.ts';
import type { Fault } from '../http/parse-input.ts';
import type { Database } from '../store/store.ts';
import type { Account } from './account.ts';

type Scope = Pick<Account, 'role' | 'clinicIds' | 'patientId'>;

/** Each role is cut by one kind of scope: staff by clinics, the patient role by one patient, an administrator by none. */
export function scopeFaults({ role, clinicIds, patientId }: Scope): Fault[] {
  const [hasClinics, hasPatient] = [scopeOf(role) === 'clinic', scopeOf(role) === 'patient'];
  const faults: Fault[] = [];
  if (hasClinics && clinicIds.length === 0)
    faults.push({ path: 'clinicIds', message: `a ${role} needs at least one clinic` });
  if (!hasClinics && clinicIds.length > 0)
    faults.push({ path: 'clinicIds', message: `the role ${role} has no clinics` });
  if (hasPatient && patientId === undefined) {
    faults.push({ path: 'patientId', message: 'the patient role needs a patient' });
  }
  if (!hasPatient && patientId !== undefined) {
    faults.push({ path: 'patientId', message: 'only the patient role has a patient' });
  }
  return faults;
}

export interface ScopeLookups {
  readonly clinicExists: (slug: string) => Promise<boolean>;
  readonly patientExists: (patientId: string) => Promise<boolean>;
}

/** Faults of clinics and a patient that are not there. */
export async function missingFaults(
  { clinicIds = [], patientId }: { clinicIds?: readonly string[] | undefined; patientId?: string | null | undefined },
  { clinicExists, patientExists }: ScopeLookups,
): Promise<Fault[]> {
  const exists = await Promise.all(clinicIds.map(clinicExists));
  const faults = clinicIds.flatMap((_, i) =>
    exists[i] ? [] : [{ path: `clinicIds.${i}`, message: 'there is no such clinic' }],
  );
  if (patientId && !(await patientExists(patientId)))
    faults.push({ path: 'patientId', message: 'there is no such patient' });
  return faults;
}

/** Reads the documents of what accounts are for. */
export class ScopeDocuments {
  readonly #primary: Pick<Database, 'winners'>;

  constructor(primary: Pick<Database, 'winners'>) {
    this.#primary = primary;
  }

  async patientExists(patientId: string): Promise<boolean> {
    const [patient] = await this.#primary.winners([patientDocId(patientId)]);
    return patient !== undefined;
  }

  /** The names of those of the clinics that exist. */
  async clinicNames(slugs: readonly string[]): Promise<string[]> {
    const clinics = await this.#primary.winners(slugs.map(clinicDocId));
    return clinics.flatMap((clinic) => (clinic ? [String(clinic.body.name)] : []));
  }
}
