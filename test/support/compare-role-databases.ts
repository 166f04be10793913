/**
 * Compares every role database with what the access rules allow on the primary's winners. What is expected comes from the
 * abilities of a principal of that role and scope, not from the projection, so that a fault in the one shows in the other.
 *
 * One difference is meant: the reference database holds the public fields of staff only, though everyone may read their
 * own entry whole.
 */
import equal from 'fast-deep-equal';
import type { Core } from '../../server/documents/core.ts';
import type { Database, RangeRow, StoredRevision } from '../../server/store/store.ts';
import { isReferenceType } from '../../shared-schemas/document-types.ts';
import { parseId } from '../../shared-schemas/ids.ts';
import { abilityOf, readableCopy } from '../../sync-rules/ability.ts';
import type { RuleDocument } from '../../sync-rules/document.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import { databasesOfClinic, type RoleDatabase } from '../../sync-rules/role-database.ts';

type Body = Readonly<Record<string, unknown>>;
type Seen = Body | undefined;
type Reader = (row: { readonly id: string; readonly body: Body }) => Seen;

/** What one role database must show of one document: the document whole, with fields left out, or not at all. */
export type Sight = 'whole' | 'part' | 'hidden';

export interface ComparisonOptions {
  /** Called for every (document, role database) that was compared. */
  readonly onCase?: (document: { readonly id: string; readonly rev: string }, database: string, sight: Sight) => void;
}

const PAGE = 1_000;
const LEAVES_PAGE = 200;
/** Databases read beside each other. */
const AT_ONCE = 8;

/** One line for each difference; document ids, revisions and field names, no values. */
export async function differences(
  core: Pick<Core, 'primary' | 'roleDatabases'>,
  { onCase = () => {} }: ComparisonOptions = {},
): Promise<string[]> {
  const primary = await winnersOf(core.primary);
  const databases = core.roleDatabases.list().map(({ database }) => database);
  const found = unregistered(core, primary);
  for (let at = 0; at < databases.length; at += AT_ONCE) {
    const compared = databases.slice(at, at + AT_ONCE).map((database) => compareOne(core, database, primary, onCase));
    found.push(...(await Promise.all(compared)).flat());
  }
  return found;
}

async function compareOne(
  core: Pick<Core, 'primary' | 'roleDatabases'>,
  database: RoleDatabase,
  primary: ReadonlyMap<string, RangeRow>,
  onCase: NonNullable<ComparisonOptions['onCase']>,
): Promise<string[]> {
  const { name } = database;
  const serving = await core.roleDatabases.serving(name);
  if (!serving) return [`${name}: is not served`];
  const reader = readerOf(database);
  const shown = await winnersOf(serving);
  const found: string[] = [];
  for (const row of primary.values()) {
    const expected = reader(row);
    onCase(row, name, sightOf(row.body, expected));
    found.push(...compareRow(name, row, expected, shown.get(row.id)));
  }
  for (const id of shown.keys()) if (!primary.has(id)) found.push(`${name}: ${id} is shown and was deleted`);
  return [...found, ...(await compareLeaves(core.primary, name, serving, reader))];
}

async function winnersOf(database: Database): Promise<Map<string, RangeRow>> {
  const winners = new Map<string, RangeRow>();
  for await (const rows of database.walk({})) for (const row of rows) if (parseId(row.id)) winners.set(row.id, row);
  return winners;
}

/** Databases that must be there and are not: three for every clinic. */
function unregistered(
  { roleDatabases }: Pick<Core, 'roleDatabases'>,
  primary: ReadonlyMap<string, RangeRow>,
): string[] {
  const clinics = [...primary.values()].flatMap(({ id, body }) => (parseId(id)?.type === 'clinic' ? [body.slug] : []));
  return clinics
    .flatMap((slug) => databasesOfClinic(String(slug)))
    .filter(({ name }) => !roleDatabases.get(name))
    .map(({ name }) => `${name}: is not registered`);
}

/** Someone who syncs the database and wrote nothing: what they may read of it, everyone who syncs it may. */
function principalOf({ role, scope }: RoleDatabase): Principal {
  const userId = 'someone';
  if (role === 'reference') return { userId, role: 'patient' };
  return role === 'patient' ? { userId, role, patientId: scope } : { userId, role, clinicId: scope };
}

function readerOf(database: RoleDatabase): Reader {
  const ability = abilityOf(principalOf(database));
  return ({ id, body }) => {
    const type = parseId(id)?.type;
    if (type === undefined || isReferenceType(type) !== (database.role === 'reference')) return undefined;
    const copy = readableCopy(ability, { type, ...body, _id: id } as RuleDocument);
    if (!copy) return undefined;
    const { _id, ...readable } = copy;
    return readable;
  };
}

function sightOf(body: Body, expected: Seen): Sight {
  if (!expected) return 'hidden';
  return Object.keys(expected).length === Object.keys(body).length ? 'whole' : 'part';
}

function compareRow(name: string, { id, rev }: RangeRow, expected: Seen, shown: RangeRow | undefined): string[] {
  if (!expected) return shown ? [`${name}: ${id} is shown and may not be`] : [];
  if (!shown) return [`${name}: ${id} is missing`];
  if (shown.rev !== rev) return [`${name}: ${id} is shown at ${shown.rev} and is at ${rev}`];
  const fields = differingFields(expected, shown.body);
  return fields.length > 0 ? [`${name}: ${id} differs in ${fields.join(', ')}`] : [];
}

const differingFields = (a: Body, b: Body): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((field) => !equal(a[field], b[field]));

/** A device receives every leaf: conflicting revisions must be allowed as well, and tombstones must say nothing. */
async function compareLeaves(primary: Database, name: string, serving: Database, reader: Reader): Promise<string[]> {
  const ids = await idsWithMoreThanAWinner(serving);
  const found: string[] = [];
  for (let at = 0; at < ids.length; at += LEAVES_PAGE) {
    const page = ids.slice(at, at + LEAVES_PAGE);
    const [here, there] = [await serving.leaves(page), await primary.leaves(page)];
    for (const leaf of [...here.values()].flat()) {
      const original = there.get(leaf.id)?.find(({ rev }) => rev === leaf.rev);
      if (!agrees(leaf, original, reader)) found.push(`${name}: ${leaf.id} at ${leaf.rev} is not as it may be read`);
    }
  }
  return found;
}

function agrees(leaf: StoredRevision, original: StoredRevision | undefined, reader: Reader): boolean {
  if (leaf.deleted) return Object.keys(leaf.body).length === 0;
  return original !== undefined && !original.deleted && equal(leaf.body, reader(original));
}

async function idsWithMoreThanAWinner(database: Database): Promise<string[]> {
  const ids: string[] = [];
  let since = '0';
  for (;;) {
    const { results, lastSeq } = await database.changes({ since, limit: PAGE });
    ids.push(...results.filter(({ deleted, revs }) => deleted || revs.length > 1).map(({ id }) => id));
    if (results.length < PAGE) return ids;
    since = lastSeq;
  }
}
