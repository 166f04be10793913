/** Tries the rules on one person and one document: what they see, what they may write, and by which row of the table. */
import { parseId, patientDocId } from '../../../shared-schemas/ids.ts';
import type { Role } from '../../../shared-schemas/roles.ts';
import type { RuleRevision } from '../../../sync-rules/document.ts';
import { explain } from '../../../sync-rules/explain.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { readingSentence, whoIs } from '../../../sync-rules/reading-sentence.ts';
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import { asDocument, asRuleRevision, storedBody } from '../../documents/write/document-policy.ts';
import { winnerOf } from '../../store/revisions.ts';
import type { StoredRevision } from '../../store/store.ts';
import { type RuleRow, ruleRow } from './rule-rows.ts';
import { decide, syncedCopy, type TrialChangeOptions, type TrialDecision } from './trial-change.ts';
import { documentOf, type TrialDocument, type TrialDocumentsOptions } from './trial-document.ts';
import type { TrialInput } from './trial-input.ts';
import { personOf, type TrialPerson } from './trial-person.ts';
import { type WritingView, writingView } from './trial-writing.ts';

type Body = Readonly<Record<string, unknown>>;

export interface CopyOfTrial {
  readonly body: Body;
  /** Names of the fields that the document has and this copy has not. */
  readonly hiddenFields: readonly string[];
}

/** The answer to a trial. */
export interface TrialView {
  readonly person: {
    /** "A nurse of north". */
    readonly who: string;
    readonly userId: string;
    readonly role: Role;
    readonly clinicId?: string;
    readonly patientId?: string;
    readonly username?: string;
    readonly name?: string;
    /** The account is disabled: nobody can sign in as them. */
    readonly disabled?: boolean;
  };
  readonly document: {
    readonly documentId: string;
    readonly type: string;
    readonly madeUp: boolean;
    readonly rev?: string;
    readonly deleted: boolean;
    /** As the server has it, whole. */
    readonly body: Body;
  };
  readonly reading: { readonly allowed: boolean; readonly sentence: string; readonly row?: RuleRow };
  /** As REST answers it; absent where they do not see it. */
  readonly copy?: CopyOfTrial;
  /** As it syncs; absent where it does not. */
  readonly synced?: CopyOfTrial & { readonly database: string };
  readonly writing: WritingView;
  /** What would become of the change. */
  readonly decision?: TrialDecision;
}

export interface RuleTrialOptions extends TrialDocumentsOptions, TrialChangeOptions {
  readonly accounts: Pick<Accounts, 'find'>;
  readonly rules: SyncRules;
  readonly nowMs: () => number;
}

export interface RunTrial {
  readonly person: TrialPerson;
  readonly view: TrialView;
}

/**
 * @throws HttpError `invalid_input`, `clinic_required`, `not_found`
 */
export async function tryRules(options: RuleTrialOptions, input: TrialInput): Promise<RunTrial> {
  const { rules, accounts, nowMs } = options;
  const person = await personOf(accounts, input);
  const { principal } = person;
  const document = await documentOf(options, input, principal);
  const stored = asRuleRevision(winnerOf(document.leaves) ?? document.revision);
  const patient = await patientOf(options, document.id);
  const decision = input.change && (await decide(options, principal, document, input.change));
  const view = {
    person: personView(person),
    document: documentView(document),
    ...readingView(rules, principal, document.revision),
    writing: writingView({ rules, principal, stored, patient, nowMs: nowMs() }),
    ...(decision && { decision }),
  };
  return { person, view };
}

async function patientOf({ primary }: TrialDocumentsOptions, id: string): Promise<RuleRevision | undefined> {
  const patientId = parseId(id)?.patientId;
  if (patientId === undefined) return undefined;
  const patientDocument = patientDocId(patientId);
  const winner = winnerOf((await primary.leaves([patientDocument])).get(patientDocument) ?? []);
  return winner && asRuleRevision(winner);
}

const personView = ({ principal, account }: TrialPerson): TrialView['person'] => ({
  who: whoIs(principal),
  ...principal,
  ...account,
});

function documentView({ id, madeUp, revision }: TrialDocument): TrialView['document'] {
  const { rev, deleted, body } = revision;
  const type = parseId(id)?.type ?? '';
  return { documentId: id, type, madeUp, ...(!madeUp && { rev }), deleted, body };
}

const DELETED = 'It is deleted: nobody reads it, and who had it is told that it is gone.';

function readingView(
  rules: SyncRules,
  principal: Principal,
  revision: StoredRevision,
): Pick<TrialView, 'reading' | 'copy' | 'synced'> {
  if (revision.deleted) return { reading: { allowed: false, sentence: DELETED } };
  const document = asDocument(revision.id, revision.body);
  const { readable, row } = explain(principal, document);
  const rest = rules.readableCopy(principal, document);
  const synced = syncedCopy(rules, principal, revision);
  return {
    reading: { allowed: readable, sentence: readingSentence(principal, document), ...(row && { row: ruleRow(row) }) },
    ...(rest && { copy: copyOf(revision, storedBody(rest)) }),
    ...(synced?.body && { synced: { database: synced.database.name, ...copyOf(revision, storedBody(synced.body)) } }),
  };
}

const copyOf = (revision: StoredRevision, body: Body): CopyOfTrial => ({
  body,
  hiddenFields: Object.keys(revision.body)
    .filter((field) => !(field in body))
    .sort(),
});
