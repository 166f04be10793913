/**
 * Whatever somebody pushes, and whatever they say of its past, nothing changes that they may not change, and nothing that was
 * taken or refused is gone: for random histories by honest and hostile people.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../server/config.ts';
import { buildCore, type Core, prepareCore } from '../../server/documents/core.ts';
import { Lifecycle } from '../../server/lib/lifecycle.ts';
import { createLogger } from '../../server/lib/logger.ts';
import { childRevision, winnerOf } from '../../server/store/revisions.ts';
import { generationOf, type StoredRevision } from '../../server/store/store.ts';
import { clinicDocId } from '../../shared-schemas/ids.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import { createEnvironment, type TestEnvironment } from '../support/environment.ts';
import { authored, edited, newDocument, newPatient } from '../support/network.ts';
import type { Random } from '../support/random.ts';
import { PROPERTY_SEED, runs, say } from './seed.ts';
import { happens, seededRandom } from './seeded-random.ts';

const HISTORIES = 200;
const STEPS = 5;

type Body = StoredRevision['body'];
/** Somebody, with the fields of a document that they may change; all of them where none are named. */
interface Person {
  readonly principal: Principal & { readonly deviceId: string };
  readonly may?: readonly string[];
}

const BOOKKEEPING = ['updatedAt', 'updatedBy', 'deviceId', 'schemaVersion'];
const staff = (role: 'doctor' | 'pharmacist', userId: string) =>
  ({ userId, role, clinicId: 'north', deviceId: `d${userId}` }) as const;
const author: Person = { principal: staff('doctor', 'uauthor') };

const lifecycle = new Lifecycle(createLogger({ level: 'silent', pretty: false }));
let environment: TestEnvironment;
let core: Core;

beforeAll(async () => {
  environment = await createEnvironment();
  const logger = createLogger({ level: 'silent', pretty: false });
  core = await buildCore({ config: loadConfig(environment.env), logger, lifecycle });
  await prepareCore(core);
  const body = { type: 'clinic', slug: 'north', name: 'North', ...authored(author.principal) };
  await core.writePath.putTrusted([{ id: clinicDocId('north'), body }]);
});
afterAll(async () => {
  await lifecycle.stop({ deadlineMs: 10_000 });
  await environment.remove();
});

/** The document of a patient, whom a doctor and the patient write to; or a prescription, with a pharmacist and another doctor. */
async function begin(isPatient: boolean) {
  const { _id: patientDocument, ...patient } = newPatient(author.principal, { staffNotes: 'first' });
  const rows = [childRevision(undefined, patientDocument, patient)];
  if (!isPatient) {
    const { _id, ...prescription } = newDocument('prescription', patient as never, author.principal);
    rows.push(childRevision(undefined, _id, prescription));
  }
  for (const { outcome } of await core.writePath.push(author.principal, rows)) expect(outcome).toBe('stored');
  const patientId = String(patient.patientId);
  const first = rows.at(-1) as StoredRevision;
  const others: readonly Person[] = isPatient
    ? [
        {
          principal: { userId: 'upatient', role: 'patient', patientId, deviceId: 'dpatient' },
          may: ['phoneNumber', 'email', 'address', 'emergencyContact'],
        },
      ]
    : [
        {
          principal: staff('pharmacist', 'upharmacist'),
          may: ['status', 'filledBy', 'filledAt', 'dispenseNotes'],
        },
        { principal: staff('doctor', 'uother'), may: [] },
      ];
  return { first, people: [author, ...others] };
}

/** Some change of some field, allowed or not. */
function changed(random: Random, { type, ...body }: Body, { principal }: Person): Body {
  const text = `by ${principal.userId} ${random.between(0, 9)}`;
  const patient: readonly Body[] = [
    { phoneNumber: String(random.between(100, 999)) },
    { email: `a${random.between(1, 9)}@b.example` },
    { staffNotes: text },
    { staffNotes: undefined },
    { allergies: [{ substance: text, severity: 'severe' }] },
    { allergies: undefined },
    { lastName: text },
  ];
  const filled = { status: 'filled', filledBy: principal.userId, filledAt: new Date().toISOString() };
  const prescription: readonly Body[] = [
    filled,
    { ...filled, dispenseNotes: text },
    { status: 'pending', filledBy: undefined, filledAt: undefined },
    { notes: text },
    { lines: [{ drugName: 'Amoxicillin', dose: `${random.between(1, 9)} mg`, quantity: 1 }] },
  ];
  const changes = random.pick(type === 'patient' ? patient : prescription);
  const all = { type, ...body, ...changes, ...edited(principal as Parameters<typeof edited>[0]) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** A row that grows from some revision that there ever was, or says so. */
function row(random: Random, known: readonly StoredRevision[], person: Person): StoredRevision {
  const base = random.pick(known);
  const invented = happens(random, 35) ? random.between(1, 3) : 0;
  const jump = happens(random, 10) ? random.between(1, 50) : 0;
  const generation = generationOf(base.rev) + invented + jump + 1;
  const hash = () => Array.from({ length: 8 }, () => random.between(0, 65_535).toString(16).padStart(4, '0')).join('');
  const rev = `${generation}-${hash()}`;
  // Names that a revision of the server had before they were made with a key, among those that nobody ever made.
  const guess = childRevision(base, base.id, base.body, {
    purpose: random.pick(['merge', 'route', 'merged', 'withdraw']),
  });
  const between = Array.from({ length: invented }, (_, n) => {
    const at = generation - 1 - n;
    return at === generationOf(guess.rev) && happens(random, 50) ? guess.rev : `${at}-${hash()}`;
  });
  const past = jump > 0 ? [] : happens(random, 15) ? base.ancestry.slice(0, 1) : base.ancestry;
  const deleted = happens(random, 30);
  const body = deleted ? {} : changed(random, base.body, person);
  return { id: base.id, rev, ancestry: [rev, ...(jump > 0 ? [] : between), ...past], deleted, body };
}

const winner = async (id: string) => winnerOf((await core.primary.leaves([id])).get(id) ?? []);

function overreach(before: StoredRevision | undefined, after: StoredRevision | undefined, { may }: Person): string[] {
  if (!may) return [];
  if (before?.deleted !== after?.deleted) return ['it is deleted, or there again'];
  const fields = new Set([...Object.keys(before?.body ?? {}), ...Object.keys(after?.body ?? {})]);
  const differs = (field: string) => JSON.stringify(before?.body[field]) !== JSON.stringify(after?.body[field]);
  return [...fields].filter((field) => differs(field) && ![...BOOKKEEPING, ...may].includes(field));
}

it('what one may not change stays, and what was pushed is kept, whatever is said of its past', {
  timeout: 3_600_000,
}, async () => {
  say('histories by honest and hostile people begin');
  const count = { rows: 0, stored: 0, refused: 0, conflicts: 0 };
  for (let history = 0; history < runs(HISTORIES); history++) {
    const random = seededRandom(PROPERTY_SEED + history);
    const { first, people } = await begin(history % 2 === 0);
    const known = [first];
    for (let step = 0; step < STEPS; step++) {
      const person = random.pick(people);
      const where = `history ${history}, step ${step}, ${person.principal.userId}`;
      const before = await winner(first.id);
      const rows = Array.from({ length: random.between(1, 3) }, () => row(random, known, person));
      const outcomes = await core.writePath.push(person.principal, rows);
      const leaves = (await core.primary.leaves([first.id])).get(first.id) ?? [];
      expect(overreach(before, winnerOf(leaves), person), where).toEqual([]);
      for (const [at, { outcome }] of outcomes.entries()) {
        const pushed = rows[at] as StoredRevision;
        count.rows++;
        if (outcome === 'refused') {
          count.refused++;
          expect(await core.held.ofRevision(pushed.id, pushed.rev, person.principal.userId), where).toBeDefined();
        } else {
          count.stored++;
          expect(await core.history.missing([pushed]), where).toEqual([]);
        }
      }
      if (leaves.length > 1) count.conflicts++;
      known.push(...rows, ...leaves);
    }
  }
  say(`histories: ${JSON.stringify(count)}`);
  for (const part of [count.stored, count.refused, count.conflicts]) expect(part).toBeGreaterThan(runs(HISTORIES) / 2);
});
