/** The projection without a store: revisions folded one by one into role databases, compared with the abilities. */

import fc from 'fast-check';
import equal from 'fast-deep-equal';
import { expect, it } from 'vitest';
import { planProjection } from '../../server/documents/projection/projection.ts';
import { asDocument, storedBody, withFormerClinics } from '../../server/documents/write/document-policy.ts';
import { RevisionMaker } from '../../server/documents/write/made-revision.ts';
import { Settler } from '../../server/documents/write/settle.ts';
import { childRevision, winnerOf, withLeaf } from '../../server/store/revisions.ts';
import type { StoredRevision } from '../../server/store/store.ts';
import { DOCUMENT_TYPES, type DocumentType, fieldsOf, isReferenceType } from '../../shared-schemas/document-types.ts';
import { clinicDocId, patientDocId } from '../../shared-schemas/ids.ts';
import { abilityOf, readableCopy } from '../../sync-rules/ability.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import {
  databasesOfClinic,
  patientDatabase,
  REFERENCE_DATABASE,
  type RoleDatabase,
} from '../../sync-rules/role-database.ts';
import { syncRules } from '../../sync-rules/sync-rules.ts';
import { CLINICS } from './scenario.ts';
import { PROPERTY_SEED, runs, say } from './seed.ts';

const ULID = '01h2xcejqtf2nbrexx3vqjhp41';
const PATIENT = `p${ULID}`;
const DATABASES: readonly RoleDatabase[] = [
  ...CLINICS.flatMap((clinic) => databasesOfClinic(clinic)),
  patientDatabase(PATIENT),
  patientDatabase('p01h2xcejqtf2nbrexx3vqjhp42'),
  REFERENCE_DATABASE,
];
const AUTHORS = ['u1', 'u2'];

function idOf(type: DocumentType): string {
  if (type === 'clinic') return clinicDocId('north');
  if (type === 'patient') return patientDocId(PATIENT);
  return `${isReferenceType(type) ? type : PATIENT}:${type}:${ULID}`;
}

interface Step {
  /** 0 changes the winner; others change an earlier revision, which makes a conflict. */
  readonly back: number;
  readonly action: 'change' | 'delete';
  readonly clinicIds: readonly string[];
  readonly confidential: boolean | undefined;
  readonly status: string;
  readonly filled: readonly boolean[];
}

const step: fc.Arbitrary<Step> = fc.record({
  back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
  action: fc.oneof(
    { weight: 6, arbitrary: fc.constant('change' as const) },
    { weight: 1, arbitrary: fc.constant('delete' as const) },
  ),
  clinicIds: fc.subarray([...CLINICS], { minLength: 1 }),
  confidential: fc.option(fc.boolean(), { nil: undefined }),
  status: fc.constantFrom('pending', 'filled', 'planned', 'performed', 'scheduled'),
  filled: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
});

const history = fc.record({
  type: fc.constantFrom(...DOCUMENT_TYPES),
  createdBy: fc.constantFrom(...AUTHORS),
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  /** Whose eyes see the role databases. */
  reader: fc.constantFrom(...AUTHORS),
});

/** A body with some of the fields of the type, whatever is in them. */
function bodyOf(type: DocumentType, createdBy: string, at: Step, count: number): Readonly<Record<string, unknown>> {
  const some = fieldsOf(type).flatMap((field, i) => (at.filled[i % 40] ? [[field, `${field} ${count}`]] : []));
  const { _id, clinicIds: _, formerClinicIds: __, ...fields } = Object.fromEntries(some) as Record<string, unknown>;
  return {
    ...fields,
    type,
    createdBy,
    updatedBy: `${count}`,
    ...(!isReferenceType(type) && { patientId: PATIENT, clinicIds: [...at.clinicIds] }),
    ...('status' in fields && { status: at.status }),
    ...(type === 'record' && at.confidential !== undefined && { confidential: at.confidential }),
    ...(type === 'staff' && { userId: createdBy }),
  };
}

/** As devices have it: a revision that is there already stays as it is. */
class ModelDatabase {
  readonly #leaves = new Map<string, readonly StoredRevision[]>();

  write(visible: readonly StoredRevision[], gone: readonly StoredRevision[]): void {
    const due = [...visible, ...gone.filter(({ id }) => this.#leaves.has(id))];
    for (const revision of due) this.#leaves.set(revision.id, withLeaf(this.#leaves.get(revision.id) ?? [], revision));
  }

  leaves(id: string): readonly StoredRevision[] {
    return this.#leaves.get(id) ?? [];
  }
}

const principalOf = ({ role, scope }: RoleDatabase, userId: string): Principal => {
  if (role === 'reference') return { userId: 'someone', role: 'nurse', clinicId: 'north' };
  return role === 'patient' ? { userId, role, patientId: scope } : { userId, role, clinicId: scope };
};

function expectedIn(database: RoleDatabase, reader: string, revision: StoredRevision | undefined) {
  if (!revision || revision.deleted) return undefined;
  const document = asDocument(revision.id, revision.body);
  if (isReferenceType(document.type) !== (database.role === 'reference')) return undefined;
  const copy = readableCopy(abilityOf(principalOf(database, reader)), document);
  return copy && storedBody(copy);
}

const shown = (revision: StoredRevision | undefined) => (revision?.deleted ? undefined : revision?.body);

it('revisions folded into role databases show what the abilities allow of the winner', async () => {
  const count = { sequences: 0, conflicts: 0, compared: 0, shown: 0, withdrawn: 0 };
  const settleLeaves = async (leaves: readonly StoredRevision[], all: readonly StoredRevision[]) => {
    const id = leaves[0]?.id ?? '';
    const settler = new Settler({
      maker: new RevisionMaker('a key of tests'),
      primary: { leaves: async () => new Map(), walk: async function* () {} },
      readBody: async (_, rev) => all.find((revision) => revision.rev === rev)?.body,
      nowMs: () => 0,
    });
    const map = new Map([[id, leaves]]);
    const { revisions } = await settler.settle(map, new Set());
    return { leaves: map.get(id) ?? [], revisions };
  };

  await fc.assert(
    fc.asyncProperty(history, async ({ type, createdBy, steps, reader }) => {
      count.sequences++;
      const id = idOf(type);
      const databases = new Map(DATABASES.map((database) => [database.name, new ModelDatabase()]));
      const all: StoredRevision[] = [];
      let leaves: readonly StoredRevision[] = [];
      for (const [i, at] of steps.entries()) {
        const parent = at.back === 0 ? winnerOf(leaves) : all.at(-at.back);
        if (at.action === 'delete' && (!parent || parent.deleted)) continue;
        const content = at.action === 'delete' ? (parent?.body ?? {}) : bodyOf(type, createdBy, at, i);
        const body = storedBody(withFormerClinics(asDocument(id, content), leaves));
        const revision = childRevision(parent, id, body, { deleted: at.action === 'delete' });
        const settled = await settleLeaves(withLeaf(leaves, revision), [...all, revision]);
        leaves = settled.leaves;
        all.push(revision, ...settled.revisions);
        if (leaves.length > 1) count.conflicts++;
        for (const { database, visible, gone } of planProjection(syncRules, new Map([[id, leaves]])))
          databases.get(database.name)?.write(visible, gone);
        for (const database of DATABASES) {
          const here = databases.get(database.name)?.leaves(id) ?? [];
          const expected = expectedIn(database, reader, winnerOf(leaves));
          if (!equal(shown(winnerOf(here)), expected)) expect(shown(winnerOf(here)), database.name).toEqual(expected);
          for (const leaf of here) {
            const original = leaves.find(({ rev }) => rev === leaf.rev);
            const allowed = leaf.deleted ? {} : expectedIn(database, reader, original);
            if (!equal(leaf.body, allowed)) expect(leaf.body, `a leaf in ${database.name}`).toEqual(allowed);
          }
          count.compared++;
          if (expected) count.shown++;
          else if (here.length > 0) count.withdrawn++;
        }
      }
    }),
    { seed: PROPERTY_SEED, numRuns: runs(3_000) },
  );
  say(`projection: ${JSON.stringify(count)}`);
  expect(count.sequences).toBeGreaterThanOrEqual(1_000);
  for (const part of [count.conflicts, count.shown, count.withdrawn]) expect(part).toBeGreaterThan(500);
});
