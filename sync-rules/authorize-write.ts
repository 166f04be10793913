/** May this principal write this revision? Pure: the time is handed in. */
import equal from 'fast-deep-equal';
import { type Ability, abilityOf, abilityOfDatabase, may, readableFields, tagged } from './ability.ts';
import { type AccessRow, BOOKKEEPING_FIELDS, FIXED_FIELDS, SERVER_FIELDS } from './access-table.ts';
import type { RuleDocument, RuleRevision } from './document.ts';
import { allowingRow } from './explain.ts';
import { linksOf } from './links.ts';
import type { Principal } from './principal.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { RoleDatabase } from './role-database.ts';

const HOUR_MS = 3_600_000;
const CLOCK_TOLERANCE_MS = 5 * 60_000;

export interface WriteRequest {
  readonly principal: Principal;
  /** The winning revision on the server, where there is one. */
  readonly stored?: RuleRevision | undefined;
  /** What is written, with the fields that the principal can't see filled in from `parent` (see fillHiddenFields). */
  readonly incoming: RuleRevision;
  /** Where `incoming` is a deletion that ends one side of a conflict: the document as it lives on. */
  readonly survivor?: RuleDocument | undefined;
  /** The nearest ancestor of `incoming` that the server has. */
  readonly parent?: RuleDocument | undefined;
  /** The winning revision of the patient that the document belongs to, where there is one. */
  readonly patient?: RuleRevision | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

export interface Permit {
  readonly allowed: true;
  readonly action: 'create' | 'update' | 'delete';
  readonly changed: readonly string[];
  readonly row: AccessRow;
}

export type WriteDecision = Permit | Refusal;

/** Judges one revision. Shape, schema and the agreement of id and type must have been checked before. */
export function authorizeWrite(request: WriteRequest): WriteDecision {
  const { stored, incoming, principal } = request;
  const ability = abilityOf(principal);
  if (stored?.deleted && !incoming.deleted && !mayBringBack(principal, stored.body)) return refuse('document_deleted');
  if (!stored || stored.deleted) return incoming.deleted ? deleteOfNothing(stored) : authorizeCreate(request, ability);
  if (!may(ability, 'read', stored.body)) return refuse('not_visible');
  return incoming.deleted
    ? authorizeDelete(request, stored.body, ability)
    : authorizeUpdate(request, stored.body, ability);
}

/** Authors take back their own deletion. That of another stands: else an edit in the wake of it would escape every limit on edits. */
const mayBringBack = ({ role, userId }: Principal, { createdBy, updatedBy }: RuleDocument): boolean =>
  role === 'admin' || (createdBy === userId && updatedBy === userId);

/** A second deletion changes nothing that anyone can see; a deletion of what never was has nothing to say. */
function deleteOfNothing(stored: RuleRevision | undefined): WriteDecision {
  if (!stored) return refuse('not_visible');
  return {
    allowed: true,
    action: 'delete',
    changed: [],
    row: { action: 'delete', subject: stored.body.type, reason: 'it is deleted already' },
  };
}

function authorizeCreate(request: WriteRequest, ability: Ability): WriteDecision {
  const { principal, stored, incoming, parent = stored?.body, patient, nowMs } = request;
  const body = incoming.body;
  // A deleted document that comes back keeps what the server knew of it.
  const serverFields = SERVER_FIELDS.filter((field) => !equal(body[field], parent?.[field]));
  if (serverFields.length > 0) return refuse('field_fixed', serverFields);
  const fault =
    timeFault(body, undefined, nowMs) ?? authorFault(principal, body, undefined) ?? stateFault(body, undefined);
  if (fault) return fault;
  if (patient && body.type !== 'patient' && (patient.deleted || !may(ability, 'read', patient.body))) {
    return refuse('unknown_patient');
  }
  if (!may(ability, 'create', body)) return diagnose(ability, 'create', body, {}, principal);
  return permit(ability, 'create', body, {}, Object.keys(body));
}

function authorizeUpdate(request: WriteRequest, stored: RuleDocument, ability: Ability): WriteDecision {
  const { principal, incoming, nowMs } = request;
  const base = request.parent ?? stored;
  const changed = changedFields(base, incoming.body);
  const fixed = changed.filter(
    (field) => FIXED_FIELDS.includes(field) || (field === 'clinicIds' && !isRoutedByHand(stored)),
  );
  if (fixed.length > 0) return refuse('field_fixed', fixed);
  const fault =
    timeFault(incoming.body, base, nowMs) ??
    authorFault(principal, incoming.body, base) ??
    stateFault(incoming.body, base);
  if (fault) return fault;
  const facts = factsOf(stored, incoming.body.updatedAt);
  const after = judgedWhere(stored, incoming.body);
  const refused = refusedFields(ability, stored, after, facts, changed);
  if (refused === undefined) return diagnose(ability, 'update', stored, facts, principal);
  if (refused.length > 0) {
    const inTime = refusedFields(ability, stored, after, { ...facts, within24h: true }, changed);
    return inTime?.length === 0 ? refuse('window_over') : refuse('field_not_allowed', refused);
  }
  return permit(ability, 'update', stored, facts, changed);
}

/**
 * Fields of a change that may not be changed; undefined where the stored document may not be changed at all. One line of the
 * table must allow the change as a whole: of two lines, the one does not lend the other its state of before or after.
 */
function refusedFields(
  ability: Ability,
  stored: RuleDocument,
  after: RuleDocument,
  facts: Facts,
  changed: readonly string[],
): readonly string[] | undefined {
  const [before, then] = [tagged(stored, facts), tagged(after, facts)];
  const lines = ability.rulesFor('update', stored.type).filter((rule) => rule.matchesConditions(before));
  if (lines.length === 0) return undefined;
  if (changed.length === 0) return [];
  const results = lines.map((line) => {
    const become = ability.rulesFor('become', stored.type).find((rule) => rule.reason === line.reason);
    return become?.matchesConditions(then)
      ? changed.filter((field) => !(line.matchesField(field) && become.matchesField(field)))
      : changed;
  });
  const fewest = results.reduce((best, one) => (one.length < best.length ? one : best));
  // The bookkeeping changes with every edit: no one has to be told of it.
  const chosen = fewest.filter((field) => !BOOKKEEPING_FIELDS.includes(field));
  return chosen.length > 0 ? chosen : fewest;
}

function authorizeDelete(request: WriteRequest, stored: RuleDocument, ability: Ability): WriteDecision {
  const { principal, incoming, parent, survivor, nowMs } = request;
  const base = parent ?? stored;
  // RxDB sends the last body along with a deletion: the times of an earlier edit are not the time of the deletion.
  const dated = incoming.body.updatedAt !== undefined && incoming.body.updatedAt !== base.updatedAt;
  const fault = dated
    ? (timeFault(incoming.body, base, nowMs) ?? authorFault(principal, incoming.body, base))
    : undefined;
  if (fault) return fault;
  const facts = factsOf(stored, dated ? incoming.body.updatedAt : new Date(nowMs).toISOString());
  if (survivor) return authorizeResolution(stored, survivor, facts, ability, principal);
  if (!may(ability, 'delete', stored, facts)) return diagnose(ability, 'delete', stored, facts, principal);
  return permit(ability, 'delete', stored, facts, []);
}

/**
 * Stock clients resolve a conflict by deleting the sides that lost. The document lives on, so it is a change of it: from what
 * won until now to what is left.
 */
function authorizeResolution(
  stored: RuleDocument,
  survivor: RuleDocument,
  facts: Facts,
  ability: Ability,
  principal: Principal,
): WriteDecision {
  const changed = changedFields(stored, survivor).filter((field) => !SERVER_FIELDS.includes(field));
  const refused = refusedFields(ability, stored, judgedWhere(stored, survivor), facts, changed);
  if (refused === undefined) return diagnose(ability, 'update', stored, facts, principal);
  if (refused.length > 0) return refuse('field_not_allowed', refused);
  return permit(ability, 'update', stored, facts, changed);
}

/** A referral may take the document out of the scope of who writes it: the new document is judged where the old one was. */
export const judgedWhere = (stored: RuleDocument, after: RuleDocument): RuleDocument =>
  stored.type === 'patient' ? { ...after, clinicIds: stored.clinicIds ?? [] } : after;

function permit(
  ability: Ability,
  action: Permit['action'],
  document: RuleDocument,
  facts: Facts,
  changed: readonly string[],
): Permit {
  return { allowed: true, action, changed, row: allowingRow(ability, action, document, facts) };
}

/** Only a patient document is moved by hand; the server moves everything else of the patient after it. */
export const isRoutedByHand = (stored: RuleDocument): boolean => stored.type === 'patient' || stored.type === 'staff';

export interface Facts {
  readonly within24h?: boolean;
  readonly upcoming?: boolean;
  readonly [field: string]: unknown;
}

export function factsOf(stored: RuleDocument, writtenAt: string | undefined): Facts {
  const written = Date.parse(writtenAt ?? '');
  const created = Date.parse(stored.createdAt ?? '');
  return {
    within24h: written - created <= 24 * HOUR_MS,
    upcoming: typeof stored.startsAt === 'string' && written < Date.parse(stored.startsAt),
  };
}

/** Fields whose values differ, or that only one of the two has. */
export function changedFields(before: RuleDocument, after: RuleDocument): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].filter((field) => !equal(before[field], after[field]));
}

/**
 * What a role can't see it can't send: those fields are taken from the parent revision, so that an edit by a pharmacist does
 * not erase the notes of a doctor. A value that the role does send stays, and is judged like any other change.
 * `seenIn`: the role database that the writer read it in, which may show less than the principal may read: staff read their
 * own directory entry whole, but not in the reference database.
 */
export function fillHiddenFields(
  principal: Principal,
  incoming: RuleDocument,
  parent: RuleDocument | undefined,
  seenIn?: RoleDatabase,
): RuleDocument {
  if (!parent) return incoming;
  const abilities = [abilityOf(principal), ...(seenIn ? [abilityOfDatabase(seenIn)] : [])];
  const visible = abilities.map((ability) => readableFields(ability, parent));
  const hidden = Object.entries(parent).filter(
    ([field]) => !(field in incoming) && visible.some((fields) => !fields.has(field)),
  );
  return hidden.length > 0 ? { ...incoming, ...Object.fromEntries(hidden) } : incoming;
}

function timeFault(body: RuleDocument, base: RuleDocument | undefined, nowMs: number): Refusal | undefined {
  const created = Date.parse(body.createdAt ?? '');
  const updated = Date.parse(body.updatedAt ?? '');
  const late = (timeMs: number) => timeMs > nowMs + CLOCK_TOLERANCE_MS;
  const wrong = [
    ...(Number.isNaN(created) || late(created) ? ['createdAt'] : []),
    ...(Number.isNaN(updated) || late(updated) || updated < created ? ['updatedAt'] : []),
  ];
  if (base?.updatedAt !== undefined && updated < Date.parse(base.updatedAt)) wrong.push('updatedAt');
  return wrong.length > 0 ? refuse('wrong_time', wrong) : undefined;
}

function authorFault(principal: Principal, body: RuleDocument, base: RuleDocument | undefined): Refusal | undefined {
  const wrong: string[] = [];
  if (body.updatedBy !== principal.userId) wrong.push('updatedBy');
  if (!base && body.createdBy !== principal.userId && principal.role !== 'admin') wrong.push('createdBy');
  for (const field of ['filledBy', 'performedBy']) {
    const value = body[field];
    if (value !== undefined && value !== base?.[field] && value !== principal.userId && principal.role !== 'admin')
      wrong.push(field);
  }
  return wrong.length > 0 ? refuse('wrong_author', wrong) : undefined;
}

/** A filled prescription says who filled it and when, one that is not filled says neither; a procedure likewise. */
function stateFault(body: RuleDocument, base: RuleDocument | undefined): Refusal | undefined {
  const pairs = {
    prescription: ['filled', 'filledBy', 'filledAt'],
    procedure: ['performed', 'performedBy', 'performedAt'],
  } as const;
  const pair = body.type === 'prescription' || body.type === 'procedure' ? pairs[body.type] : undefined;
  if (pair) {
    const [done, by, at] = pair;
    const wrong = [by, at].filter((field) => (body[field] !== undefined) !== (body.status === done));
    if (wrong.length > 0 && !equal([base?.status, base?.[by], base?.[at]], [body.status, body[by], body[at]])) {
      return refuse('wrong_state', ['status', ...wrong]);
    }
  }
  const foreign = linksOf(body).filter(({ id, type }) => !id.startsWith(`${body.patientId}:${type}:`));
  return foreign.length > 0
    ? refuse(
        'foreign_link',
        foreign.map(({ field }) => field),
      )
    : undefined;
}

/** Finds the sentence that helps: would it have been allowed in time, to the author, or before it was final? */
function diagnose(
  ability: Ability,
  action: 'create' | 'update' | 'delete',
  document: RuleDocument,
  facts: Facts,
  principal: Principal,
): Refusal {
  const inTime = { ...facts, within24h: true };
  const open = { ...inTime, upcoming: true };
  const unfinished = { ...document, status: document.type === 'procedure' ? 'planned' : 'pending' };
  const own = { ...document, createdBy: principal.userId };
  if (may(ability, action, document, inTime)) return refuse('window_over');
  if (may(ability, action, document, open)) return refuse('already_final');
  if ('status' in document && may(ability, action, unfinished, open)) return refuse('already_final');
  if (
    may(ability, action, own, open) ||
    ('status' in document && may(ability, action, { ...own, status: unfinished.status }, open))
  ) {
    return refuse('not_author');
  }
  return refuse('not_allowed');
}
