/** What comes with an account: the role database of a patient, and the entry in the staff directory. */
import { scopeOf } from '../../shared-schemas/roles.ts';
import { patientDatabase } from '../../sync-rules/role-database.ts';
import type { Rebuild } from '../documents/projection/rebuild.ts';
import type { RoleDatabases } from '../documents/projection/role-databases.ts';
import type { WritePath } from '../documents/write/write-path.ts';
import type { Database } from '../store/store.ts';
import type { PublicAccount } from './account.ts';

export interface AccountDocumentsOptions {
  readonly primary: Pick<Database, 'known' | 'winners'>;
  readonly roleDatabases: RoleDatabases;
  readonly rebuild: Pick<Rebuild, 'fillPatient'>;
  readonly writePath: Pick<WritePath, 'putTrusted' | 'edit'>;
  readonly nowMs: () => number;
}

type Account = Pick<PublicAccount, 'userId' | 'role' | 'name' | 'clinicIds' | 'patientId' | 'createdAt'>;

export class AccountDocuments {
  readonly #options: AccountDocumentsOptions;

  constructor(options: AccountDocumentsOptions) {
    this.#options = options;
  }

  /** For new accounts, and for all at a start: a server that stopped in between left this to the next one. */
  async ensure(accounts: readonly Account[]): Promise<void> {
    for (const account of accounts) await this.#ensurePatient(account);
    const staff = accounts.filter(isStaff);
    // An entry that was edited or removed since stays so.
    const known = await this.#options.primary.known(staff.map(entryId));
    const missing = staff.filter((account) => !known.has(entryId(account)));
    await this.#options.writePath.putTrusted(missing.map(newEntry));
  }

  /** The role, the name or the clinics of an account changed: its entry follows. Its contact fields stay. */
  async follow(account: Account): Promise<void> {
    await this.ensure([account]);
    const { primary, writePath, nowMs } = this.#options;
    const id = entryId(account);
    const [entry] = await primary.winners([id]);
    if (!entry && !isStaff(account)) return;
    const body = entryBody(account, entry?.body, nowMs());
    if (entry && isStaff(account) && sameEntry(entry.body, body)) return;
    const edit = { id, deleted: !isStaff(account), body, ...(entry && { baseRev: entry.rev }) };
    // Written in the person's name: whoever asked for it may do so, and is in the audit log.
    const [outcome] = await writePath.edit({ userId: account.userId, role: 'admin' }, [edit], { hold: false });
    // Someone edited the entry in between.
    if (outcome?.outcome === 'conflict') return this.follow(account);
    if (outcome?.outcome !== 'stored') throw new Error(`the staff directory did not take the change of ${id}`);
  }

  async #ensurePatient({ role, patientId }: Account): Promise<void> {
    const { roleDatabases, rebuild } = this.#options;
    if (scopeOf(role) !== 'patient' || !patientId) return;
    const database = patientDatabase(patientId);
    if (roleDatabases.get(database.name)?.serving) return;
    await roleDatabases.register(database);
    await rebuild.fillPatient({ database });
  }
}

const isStaff = ({ role }: Account): boolean => scopeOf(role) !== 'patient';
/** The entry is named after the account. */
const entryId = ({ userId }: Account): string => `staff:staff:${userId.slice(1)}`;
const clinicsOf = ({ clinicIds }: Account) => (clinicIds.length > 0 ? { clinicIds } : {});

function newEntry(account: Account) {
  const { userId, role, name, createdAt } = account;
  const times = { createdAt, createdBy: userId, updatedAt: createdAt, updatedBy: userId };
  return {
    id: entryId(account),
    body: { type: 'staff', schemaVersion: 1, userId, name, role, ...clinicsOf(account), ...times },
  };
}

function entryBody(account: Account, before: Readonly<Record<string, unknown>> | undefined, nowMs: number) {
  const { clinicIds: _, ...kept } = before ?? newEntry(account).body;
  const updatedAt = new Date(Math.max(nowMs, Date.parse(String(kept.updatedAt)))).toISOString();
  return {
    ...kept,
    name: account.name,
    role: account.role,
    ...clinicsOf(account),
    updatedAt,
    updatedBy: account.userId,
  };
}

const sameEntry = (a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean =>
  a.name === b.name && a.role === b.role && JSON.stringify(a.clinicIds) === JSON.stringify(b.clinicIds);
