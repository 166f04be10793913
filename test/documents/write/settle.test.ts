/** What the server makes of conflicting revisions and moved patients, on a primary in memory. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asRuleRevision, withFormerClinics } from '../../../server/documents/write/document-policy.ts';
import { RevisionMaker } from '../../../server/documents/write/made-revision.ts';
import { type LeavesById, type Settled, Settler } from '../../../server/documents/write/settle.ts';
import { childRevision, winnerOf, withLeaf } from '../../../server/store/revisions.ts';
import type { RangeRow, StoredRevision, WalkRequest } from '../../../server/store/store.ts';
import { parseId, patientDocId } from '../../../shared-schemas/ids.ts';
import { visibleIn } from '../../../sync-rules/projection.ts';
import { PROPERTY_SEED, runs } from '../../property/seed.ts';

const PATIENT = 'p01h2xcejqtf2nbrexx3vqjhp41';
const PATIENT_DOC = patientDocId(PATIENT);
const RECORD = `${PATIENT}:record:01h2xcejqtf2nbrexx3vqjhp41`;
type Body = Readonly<Record<string, unknown>>;

/** A revision as the write path accepts it: beside `others`, on top of `parent`. */
function accepted(
  id: string,
  body: Body,
  parent?: StoredRevision,
  others: readonly StoredRevision[] = [],
): StoredRevision {
  const type = parseId(id)?.type;
  const whole = { type, patientId: PATIENT, ...body, _id: id } as Parameters<typeof withFormerClinics>[0];
  const { _id, ...stored } = withFormerClinics(whole, parent ? [parent, ...others] : others);
  return childRevision(parent, id, stored);
}

/** A primary that holds what it is given, and remembers every body. */
class MemoryPrimary {
  readonly #leaves = new Map<string, readonly StoredRevision[]>();
  readonly #bodies = new Map<string, Body>();

  constructor(revisions: readonly StoredRevision[]) {
    this.add(revisions);
  }

  add(revisions: readonly StoredRevision[]): void {
    for (const revision of revisions) {
      this.#leaves.set(revision.id, withLeaf(this.#leaves.get(revision.id) ?? [], revision));
      this.#bodies.set(`${revision.id}@${revision.rev}`, revision.body);
    }
  }

  leavesOf = (id: string): readonly StoredRevision[] => this.#leaves.get(id) ?? [];
  live = (id: string): readonly StoredRevision[] => this.leavesOf(id).filter(({ deleted }) => !deleted);
  winner = (id: string): StoredRevision | undefined => winnerOf(this.leavesOf(id));

  async *#walk({ prefix = '' }: WalkRequest): AsyncGenerator<readonly RangeRow[]> {
    yield [...this.#leaves.keys()]
      .sort()
      .filter((id) => id.startsWith(prefix) && !this.winner(id)?.deleted)
      .map((id) => ({ id, rev: this.winner(id)?.rev ?? '', body: {} }));
  }

  settle(ids: readonly string[] = [...this.#leaves.keys()]): Promise<Settled> {
    const settler = new Settler({
      maker: new RevisionMaker('a key of tests'),
      primary: {
        leaves: async (wanted) => new Map(wanted.map((id) => [id, this.leavesOf(id)])),
        walk: (request) => this.#walk(request),
      },
      readBody: async (id, rev) => this.#bodies.get(`${id}@${rev}`),
      nowMs: () => 0,
    });
    const leaves: LeavesById = new Map([...ids, PATIENT_DOC].map((id) => [id, this.leavesOf(id)]));
    return settler.settle(leaves, new Set([PATIENT]));
  }

  async settleFully(): Promise<Settled> {
    const settled = await this.settle();
    this.add(settled.revisions);
    return settled;
  }
}

const names = (revisions: readonly StoredRevision[]): string[] =>
  revisions.map(({ id, rev, deleted }) => `${id}@${rev}${deleted ? ' deleted' : ''}`).sort();

const base = accepted(PATIENT_DOC, { clinicIds: ['north'], address: '1', staffNotes: 'n', phoneNumber: '1' });
const record = accepted(RECORD, { clinicIds: ['north'], diagnosis: 'd', notes: 'n' });

describe('conflicting transfers', () => {
  const south = accepted(PATIENT_DOC, { ...base.body, clinicIds: ['south'] }, base);
  const east = accepted(PATIENT_DOC, { ...base.body, clinicIds: ['east'], address: '2' }, base);

  it('become one, in whatever order they came', async () => {
    const [one, other] = [new MemoryPrimary([base, south, east]), new MemoryPrimary([base, east, south])];
    const [first, second] = [await one.settleFully(), await other.settleFully()];
    expect(names(first.revisions)).toEqual(names(second.revisions));
    expect(one.live(PATIENT_DOC)).toEqual(other.live(PATIENT_DOC));
    expect(one.live(PATIENT_DOC)).toHaveLength(1);
  });

  it('remember every clinic that held the patient on either side', async () => {
    const primary = new MemoryPrimary([base, south, east]);
    await primary.settleFully();
    const { clinicIds, formerClinicIds } = primary.winner(PATIENT_DOC)?.body ?? {};
    expect([...(clinicIds as string[]), ...(formerClinicIds as string[])].sort()).toEqual(['east', 'north', 'south']);
  });

  it('keep what only the losing side changed, and hold the side whose clinics were not taken', async () => {
    const primary = new MemoryPrimary([base, south, east]);
    const loser = winnerOf([south, east]) === south ? east : south;
    const { held } = await primary.settleFully();
    expect(primary.winner(PATIENT_DOC)?.body.address).toBe('2');
    expect(held).toMatchObject([{ code: 'merge_dropped', rev: loser.rev, body: loser.body, by: null }]);
    expect(held[0]?.message).toContain('clinicIds');
  });

  it('once settled are settled: nothing is added a second time', async () => {
    const primary = new MemoryPrimary([base, south, east]);
    await primary.settleFully();
    expect(await primary.settle()).toEqual({ revisions: [], held: [] });
  });

  it('settled again from where a stopped server began give the same revisions', async () => {
    const primary = new MemoryPrimary([base, record, south, east]);
    expect(names((await primary.settle()).revisions)).toEqual(names((await primary.settle()).revisions));
  });

  it('settled again after some of it was written give the same revisions', async () => {
    const whole = (await new MemoryPrimary([base, record, south, east]).settle()).revisions;
    for (const [i] of whole.entries()) {
      const primary = new MemoryPrimary([base, record, south, east, ...whole.slice(0, i)]);
      await primary.settleFully();
      await primary.settleFully();
      expect(primary.live(PATIENT_DOC), `after ${i}`).toHaveLength(1);
      expect(await primary.settle(), `after ${i}`).toEqual({ revisions: [], held: [] });
    }
  });

  it('take the patient’s documents along', async () => {
    const primary = new MemoryPrimary([base, record, south, east]);
    await primary.settleFully();
    const patient = primary.winner(PATIENT_DOC)?.body;
    expect(primary.winner(RECORD)?.body).toMatchObject({ clinicIds: patient?.clinicIds, diagnosis: 'd' });
    expect(primary.winner(RECORD)?.body.formerClinicIds).toContain('north');
  });
});

describe('a transfer on one side of a conflict', () => {
  it('is kept, whichever side wins', async () => {
    for (const value of ['2', '3', '4', '5', '6']) {
      const moved = accepted(PATIENT_DOC, { ...base.body, clinicIds: ['south'] }, base);
      const changed = accepted(PATIENT_DOC, { ...base.body, address: value }, base);
      const primary = new MemoryPrimary([base, record, moved, changed]);
      const { held } = await primary.settleFully();
      expect(primary.winner(PATIENT_DOC)?.body).toMatchObject({ clinicIds: ['south'], address: value });
      expect(primary.winner(PATIENT_DOC)?.body.formerClinicIds).toEqual(['north']);
      expect(primary.winner(RECORD)?.body.clinicIds).toEqual(['south']);
      expect(held).toEqual([]);
    }
  });
});

describe('other conflicts', () => {
  it('become one; where both sides changed a field, the side that gave way is held', async () => {
    const sides = ['x', 'y'].map((notes) => accepted(RECORD, { ...record.body, notes }, record));
    const primary = new MemoryPrimary([base, record, ...sides]);
    const winner = primary.winner(RECORD);
    const { held } = await primary.settleFully();
    expect(primary.live(RECORD)).toHaveLength(1);
    expect(primary.winner(RECORD)?.body.notes).toBe(winner?.body.notes);
    expect(held).toMatchObject([
      { documentId: RECORD, code: 'merge_dropped', body: { notes: winner?.body.notes === 'x' ? 'y' : 'x' } },
    ]);
  });

  it('can not be won by a made-up history: what the other side changed stays', async () => {
    const careful = accepted(PATIENT_DOC, { ...base.body, allergies: [{ substance: 'Penicillin' }] }, base);
    const padded = accepted(PATIENT_DOC, { ...base.body, address: '2 Side Street' }, base);
    const rev = `9-${'f'.repeat(32)}`;
    const primary = new MemoryPrimary([
      base,
      record,
      careful,
      { ...padded, rev, ancestry: [rev, `8-${'0'.repeat(32)}`, ...base.ancestry] },
    ]);
    const { held } = await primary.settleFully();
    expect(primary.winner(PATIENT_DOC)?.body).toMatchObject({
      allergies: [{ substance: 'Penicillin' }],
      address: '2 Side Street',
    });
    expect(held).toEqual([]);
  });

  it('about who may see a record become one', async () => {
    const hidden = accepted(RECORD, { ...record.body, confidential: true }, record);
    for (const notes of ['x', 'y', 'z']) {
      const edited = accepted(RECORD, { ...record.body, notes }, record);
      const primary = new MemoryPrimary([base, record, hidden, edited]);
      await primary.settleFully();
      expect(primary.live(RECORD)).toHaveLength(1);
      expect(primary.winner(RECORD)?.body).toMatchObject({ confidential: true, notes });
    }
  });

  it('with a deletion are none: the side that lives is the document', async () => {
    const deleted = childRevision(
      record,
      RECORD,
      { type: 'record', patientId: PATIENT, clinicIds: ['north'] },
      { deleted: true },
    );
    const edited = accepted(RECORD, { ...record.body, notes: 'x', confidential: true }, record);
    expect(await new MemoryPrimary([base, record, deleted, edited]).settle()).toEqual({ revisions: [], held: [] });
  });
});

describe('documents of a patient who moved', () => {
  it('follow the patient, deleted ones aside', async () => {
    const moved = accepted(PATIENT_DOC, { ...base.body, clinicIds: ['east', 'south'] }, base);
    const gone = `${PATIENT}:vital:01h2xcejqtf2nbrexx3vqjhp42`;
    const vital = accepted(gone, { clinicIds: ['north'] });
    const deleted = childRevision(vital, gone, vital.body, { deleted: true });
    const primary = new MemoryPrimary([base, moved, record, vital, deleted]);
    const { revisions } = await primary.settleFully();
    expect(revisions.map(({ id }) => id)).toEqual([RECORD]);
    expect(primary.winner(RECORD)?.body).toMatchObject({ clinicIds: ['east', 'south'], formerClinicIds: ['north'] });
    expect(await primary.settle()).toEqual({ revisions: [], held: [] });
  });

  it('stay where they are when the patient document is deleted', async () => {
    const deleted = childRevision(base, PATIENT_DOC, { ...base.body, clinicIds: ['south'] }, { deleted: true });
    expect(await new MemoryPrimary([base, deleted, record]).settle()).toEqual({ revisions: [], held: [] });
  });
});

const CLINICS = ['east', 'north', 'south', 'west'];
const side = fc.record({
  clinicIds: fc.subarray(CLINICS, { minLength: 1 }),
  fields: fc.dictionary(fc.constantFrom('address', 'staffNotes', 'phoneNumber'), fc.constantFrom('1', '2', '3'), {
    noNullPrototype: true,
  }),
  deeper: fc.nat(2),
  deleted: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});
const sides = fc.array(side, { minLength: 2, maxLength: 4 });

function build(made: readonly { clinicIds: string[]; fields: Body; deeper: number; deleted: boolean }[]) {
  return made.map(({ clinicIds, fields, deeper, deleted }) => {
    const chain: StoredRevision[] = [];
    let tip = base;
    for (let i = 0; i <= deeper; i++) {
      tip = accepted(
        PATIENT_DOC,
        { ...tip.body, ...(i === deeper && { ...fields, clinicIds }), phoneNumber: `${i}` },
        tip,
      );
      chain.push(tip);
    }
    if (deleted) chain.push(childRevision(tip, PATIENT_DOC, tip.body, { deleted: true }));
    return chain;
  });
}

describe('any number of conflicting revisions', () => {
  it('settle alike in whatever order they came, once and for all', async () => {
    await fc.assert(
      fc.asyncProperty(sides, fc.infiniteStream(fc.nat()), async (made, random) => {
        const chains = build(made);
        const keys = new Map(chains.map((chain) => [chain, random.next().value as number]));
        const shuffled = [...chains].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
        const one = new MemoryPrimary([base, record, ...chains.flat()]);
        const other = new MemoryPrimary([base, record, ...shuffled.flat()]);
        const [first, second] = [await one.settleFully(), await other.settleFully()];
        expect(names(first.revisions)).toEqual(names(second.revisions));
        const seenBy = new Set(one.live(PATIENT_DOC).map((leaf) => visibleIn(asRuleRevision(leaf)).join()));
        expect(seenBy.size).toBeLessThanOrEqual(1);
        expect(await one.settle()).toEqual({ revisions: [], held: [] });
      }),
      { seed: PROPERTY_SEED, numRuns: runs(500) },
    );
  });

  it('settled by two servers that saw different ones settle when each sees all', async () => {
    await fc.assert(
      fc.asyncProperty(sides, fc.nat(), async (made, cut) => {
        const chains = build(made);
        const at = 1 + (cut % (chains.length - 1 || 1));
        const shared = [base, record];
        const all = new MemoryPrimary([...shared, ...chains.flat()]);
        for (const part of [chains.slice(0, at), chains.slice(at)]) {
          const server = new MemoryPrimary([...shared, ...part.flat()]);
          all.add((await server.settle()).revisions);
        }
        await all.settleFully();
        expect(await all.settle()).toEqual({ revisions: [], held: [] });
        const live = all.live(PATIENT_DOC);
        expect(new Set(live.map((leaf) => visibleIn(asRuleRevision(leaf)).join())).size).toBeLessThanOrEqual(1);
        const held = new Set(chains.flat().flatMap(({ body }) => body.clinicIds as string[]));
        const winner = all.winner(PATIENT_DOC)?.body ?? {};
        const known = [...(winner.clinicIds as string[]), ...((winner.formerClinicIds ?? []) as string[])];
        // Clinics of sides that were deleted are in the tombstones.
        const tombstones = all
          .leavesOf(PATIENT_DOC)
          .flatMap(({ body }) => [...(body.clinicIds as string[]), ...((body.formerClinicIds ?? []) as string[])]);
        expect([...held].filter((clinic) => ![...known, ...tombstones].includes(clinic))).toEqual([]);
      }),
      { seed: PROPERTY_SEED, numRuns: runs(500) },
    );
  });
});
