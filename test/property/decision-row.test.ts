/**
 * Whoever is told that a write is allowed is told by which row of the access table. For any document, person and change that
 * row allows the change by itself, by what is written in it and nothing else; and the dashboard, asked about the same change,
 * names the same one.
 */
import { subject as asSubject, createMongoAbility } from '@casl/ability';
import fc from 'fast-check';
import equal from 'fast-deep-equal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ruleRow } from '../../server/admin/rules/rule-rows.ts';
import { decide } from '../../server/admin/rules/trial-change.ts';
import { writingView } from '../../server/admin/rules/trial-writing.ts';
import { loadConfig } from '../../server/config.ts';
import { buildCore, type Core, prepareCore } from '../../server/documents/core.ts';
import { asDocument, asRuleRevision, storedBody } from '../../server/documents/write/document-policy.ts';
import { Lifecycle } from '../../server/lib/lifecycle.ts';
import { createLogger } from '../../server/lib/logger.ts';
import { childRevision } from '../../server/store/revisions.ts';
import { DOCUMENT_TYPES, type DocumentType } from '../../shared-schemas/document-types.ts';
import { clinicDocId } from '../../shared-schemas/ids.ts';
import type { ChangeRow, Conditions } from '../../sync-rules/access-row.ts';
import { type Allowed, authorizeWrite } from '../../sync-rules/authorize-write.ts';
import type { RuleDocument } from '../../sync-rules/document.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import { syncRules } from '../../sync-rules/sync-rules.ts';
import { createEnvironment, type TestEnvironment } from '../support/environment.ts';
import { CREATED, documentOf, edited, HOUR, iso, ORDINARY_CHANGE, PEOPLE, someoneElse } from '../sync-rules/cases.ts';
import { PROPERTY_SEED, runs, say } from './seed.ts';

const NOW = CREATED + 30 * HOUR;

/** Changes that mean something to the type, each alone and together. */
const changesOf = (type: DocumentType, { userId }: Principal): Record<string, unknown>[] => [
  ORDINARY_CHANGE[type],
  ...(type === 'patient' ? [{ phoneNumber: '+1 555 0100' }, { clinicIds: ['south'] }, { staffNotes: 'Calm' }] : []),
  ...(type === 'record' ? [{ confidential: true }] : []),
  ...(type === 'staff' ? [{ workPhone: '+1 555 7' }, { clinicIds: ['south'] }] : []),
  ...(type === 'appointment' ? [{ status: 'cancelled' }] : []),
  ...(type === 'prescription' ? [{ status: 'cancelled' }, { dispenseNotes: 'Generic' }] : []),
  ...(type === 'prescription' ? [{ status: 'filled', filledBy: userId, filledAt: iso(CREATED + HOUR) }] : []),
  ...(type === 'procedure' ? [{ status: 'cancelled' }, { performNotes: 'Done' }] : []),
  ...(type === 'procedure' ? [{ status: 'performed', performedBy: userId, performedAt: iso(CREATED + HOUR) }] : []),
];

interface Case {
  readonly principal: Principal;
  readonly stored: RuleDocument;
  readonly set: Readonly<Record<string, unknown>>;
  readonly deletes: boolean;
  /** Milliseconds after the document was created. */
  readonly after: number;
}

const REFERENCE: readonly DocumentType[] = ['drug', 'clinic', 'staff'];

const anyCase: fc.Arbitrary<Case> = fc
  .record({
    principal: fc.constantFrom(...Object.values(PEOPLE)),
    type: fc.constantFrom(...DOCUMENT_TYPES),
    own: fc.boolean(),
    here: fc.integer({ min: 0, max: 9 }),
    confidential: fc.boolean(),
    deletes: fc.integer({ min: 0, max: 4 }),
    after: fc.constantFrom(HOUR, 23 * HOUR, 25 * HOUR),
  })
  .chain(({ principal, type, own, here, confidential, deletes, after }) => {
    const stored = documentOf(type, own ? principal.userId : someoneElse, {
      ...(!REFERENCE.includes(type) && { clinicIds: here === 0 ? ['south'] : ['north'] }),
      ...(type === 'record' && { confidential }),
      ...(type === 'staff' && own && { userId: principal.userId }),
    });
    const part = fc.constantFrom(...changesOf(type, principal));
    return fc
      .tuple(part, fc.option(part, { nil: {} }))
      .map(([one, more]) => ({ principal, stored, set: { ...one, ...more }, deletes: deletes === 0, after }));
  });

/** What the rules say of a change as a device sends it. */
function decisionOf({ principal, stored, set, deletes, after }: Case): Allowed | undefined {
  const body = deletes ? stored : edited(principal, stored, set, after);
  const incoming = { body, deleted: deletes };
  const nowMs = CREATED + after;
  const decision = authorizeWrite({ principal, stored: { body: stored, deleted: false }, incoming, nowMs });
  return decision.allowed ? decision : undefined;
}

/** Read out of the row alone. */
function allowsByItself({ action, before, after: wanted, fields }: ChangeRow, one: Case, changed: readonly string[]) {
  const { principal, stored, set, after } = one;
  const startsAt = Date.parse(String(stored.startsAt));
  const facts = { within24h: after <= 24 * HOUR, upcoming: CREATED + after < startsAt };
  const meets = (document: RuleDocument, conditions: Conditions | undefined) =>
    createMongoAbility([{ action, subject: stored.type, ...(conditions && { conditions }) }]).can(
      action,
      asSubject(stored.type, { ...document, ...facts }),
    );
  const isWhole = fields === undefined || changed.every((field) => fields.includes(field));
  return (
    meets(stored, before) && isWhole && (action === 'delete' || meets(edited(principal, stored, set, after), wanted))
  );
}

describe('the row of a decision', () => {
  it('allows the change by itself', () => {
    say('rows of decisions');
    const seen = new Set<string>();
    const property = fc.property(anyCase, (one) => {
      const decision = decisionOf(one);
      if (!decision) return;
      const { row, changed, action } = decision;
      seen.add(row.reason);
      expect(row.action).toBe(action);
      expect(row.subject).toBe(one.stored.type);
      expect(allowsByItself(row, one, changed), `${row.reason}: ${JSON.stringify(one)}`).toBe(true);
    });
    fc.assert(property, { seed: PROPERTY_SEED, numRuns: runs(1_500) });
    expect(seen.size).toBeGreaterThan(10);
  });
});

describe('the dashboard', () => {
  let environment: TestEnvironment;
  let core: Core;
  let lifecycle: Lifecycle;
  let nowMs = NOW;

  beforeAll(async () => {
    environment = await createEnvironment();
    const logger = createLogger({ level: 'warn', pretty: false });
    lifecycle = new Lifecycle(logger);
    core = await buildCore({ config: loadConfig(environment.env), logger, lifecycle, nowMs: () => nowMs });
    await prepareCore(core);
    const author = { schemaVersion: 1, createdAt: iso(CREATED), createdBy: 'uadmin' };
    await core.writePath.putTrusted(
      ['north', 'south'].map((slug) => ({
        id: clinicDocId(slug),
        body: { type: 'clinic', slug, name: slug, ...author, updatedAt: iso(CREATED), updatedBy: 'uadmin' },
      })),
    );
  });

  afterAll(async () => {
    await lifecycle?.stop({ deadlineMs: 10_000 });
    await environment?.remove();
  });

  it('names the same row for the same change, and for each field that is changed alone', async () => {
    say('rows that the dashboard names');
    const seen = new Map<string, number>();
    const property = fc.asyncProperty(anyCase, async (one) => {
      const { principal, stored, set, deletes } = one;
      nowMs = CREATED + one.after;
      const decision = decisionOf(one);
      const options = { rules: syncRules, writePath: core.writePath, nowMs: () => nowMs };
      const revision = childRevision(undefined, stored._id, storedBody(stored));
      const document = { id: stored._id, madeUp: true, leaves: [revision], revision };
      const told = await decide(options, principal, document, deletes ? { delete: true } : { set });
      const says = JSON.stringify([one, told]);
      expect(told.allowed, says).toBe(decision !== undefined);
      if (!decision) return;
      expect(told.row, says).toEqual(ruleRow(decision.row));
      seen.set(decision.row.reason, (seen.get(decision.row.reason) ?? 0) + 1);
      const view = writingView({
        ...{ rules: syncRules, principal, nowMs, patient: undefined },
        stored: asRuleRevision({ ...revision, body: storedBody(asDocument(stored._id, revision.body)) }),
      });
      if (deletes) {
        expect(view.delete.row, says).toEqual(told.row);
        return;
      }
      // What is set may be what is stored: then it is no change of that field.
      const [field, ...others] = Object.keys(set).filter((name) => !equal(set[name], stored[name]));
      const answer = view.fields.find((each) => each.field === field);
      if (field !== undefined && others.length === 0 && !answer?.afterwards)
        expect(answer?.sentence, says).toBe(decision.row.reason);
    });
    await fc.assert(property, { seed: PROPERTY_SEED, numRuns: runs(600) });
    process.stdout.write(`rows: ${JSON.stringify(Object.fromEntries(seen))}\n`);
    expect(seen.size).toBeGreaterThan(8);
  });
});
