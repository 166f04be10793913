/** What may be written, and what the server adds: the part of the write path that knows the domain. */
import equal from 'fast-deep-equal';
import { clinicDocId, isClinicSlug, isPatientId, parseId, patientDocId, slugOf } from '../../../shared-schemas/ids.ts';
import { type Fault, validateDocument } from '../../../shared-schemas/validate.ts';
import { BOOKKEEPING_FIELDS, COUPLED_FIELDS, SERVER_FIELDS } from '../../../sync-rules/access-table.ts';
import { type Allowed, changedFields } from '../../../sync-rules/authorize-write.ts';
import type { RuleDocument, RuleRevision } from '../../../sync-rules/document.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { type Refusal, refuse } from '../../../sync-rules/refusal.ts';
import { databasesOfPrincipal, REFERENCE_DATABASE, type RoleDatabase } from '../../../sync-rules/role-database.ts';
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import { nearestAncestor, winnerOf, withLeaf } from '../../store/revisions.ts';
import type { StoredRevision } from '../../store/store.ts';
import type { MadeRevision, RevisionMaker } from './made-revision.ts';
import { mergeSides } from './merge.ts';

const laterOf = (a: string, b: unknown): string => (typeof b === 'string' && b > a ? b : a);

/** Bodies of revisions that are no longer leaves. */
export type ReadBody = (id: string, rev: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
/** The current leaves of a document of the batch, or of the patient that one of its documents belongs to. */
export type ReadLeaves = (id: string) => readonly StoredRevision[];

export interface Judged {
  /** The revision as it is to be stored, where it is allowed. With neither this nor a refusal there is nothing to store. */
  readonly accepted?: StoredRevision;
  /** What the rules say of it, where they were asked and allow it. */
  readonly decision?: Allowed;
  /** A revision that the server puts on top of the accepted one. */
  readonly followedBy?: MadeRevision;
  readonly refusal?: Refusal;
  readonly faults?: readonly Fault[];
}

export interface DocumentPolicy {
  /** Writes of one key happen one after the other. */
  lockKey(id: string): string;
  /** Further documents that judging a revision reads, and that what follows from it may change. */
  contextIds(revision: Pick<StoredRevision, 'id' | 'body'>): readonly string[];
  /** Documents that judging a revision reads, and that must not change meanwhile, though others may rest on them too. */
  sharedKeys(revision: Pick<StoredRevision, 'id' | 'body'>): readonly string[];
  /** The body of a document that the server vouches for, with what follows from the revisions that are there. */
  vouched(
    id: string,
    body: Readonly<Record<string, unknown>>,
    current: readonly StoredRevision[],
  ): Readonly<Record<string, unknown>>;
  /** `seenIn`: the role database that the device reads, where the revision comes from one. */
  judge(
    principal: Principal,
    incoming: StoredRevision,
    leaves: ReadLeaves,
    readBody: ReadBody,
    seenIn?: RoleDatabase,
  ): Promise<Judged>;
}

export interface ClinicalPolicyOptions {
  readonly maker: RevisionMaker;
  readonly rules: SyncRules;
  /** Whether patients are in the care of the clinic. */
  readonly clinicInUse: (slug: string) => Promise<boolean>;
  readonly maxDocumentBytes: number;
  readonly nowMs: () => number;
}

/** What a writer sent, and what it is completed from. */
interface Incomplete {
  readonly principal: Principal;
  readonly incoming: StoredRevision;
  readonly parent: RuleDocument | undefined;
  readonly current: readonly StoredRevision[];
  readonly patient: RuleRevision | undefined;
  readonly seenIn: RoleDatabase | undefined;
}

export class ClinicalPolicy implements DocumentPolicy {
  readonly #options: ClinicalPolicyOptions;

  constructor(options: ClinicalPolicyOptions) {
    this.#options = options;
  }

  /** A patient's documents depend on each other (a transfer moves them all), so they share a key. */
  lockKey(id: string): string {
    return parseId(id)?.patientId ?? id;
  }

  contextIds(revision: Pick<StoredRevision, 'id' | 'body'>): readonly string[] {
    const patientId = parseId(revision.id)?.patientId;
    return patientId === undefined ? [] : [patientDocId(patientId)];
  }

  /**
   * A clinic must not end while a document comes into its care, or staff to it; nor a patient be erased while a row is held
   * that names them and has the id of somebody else's document, or none.
   */
  sharedKeys({ id, body }: Pick<StoredRevision, 'id' | 'body'>): readonly string[] {
    const { patientId } = body;
    const isElsewhere = typeof patientId === 'string' && isPatientId(patientId) && parseId(id)?.patientId !== patientId;
    return [...clinicsNamedBy(body).map(clinicDocId), ...(isElsewhere ? [patientDocId(patientId)] : [])];
  }

  vouched(id: string, body: Readonly<Record<string, unknown>>, current: readonly StoredRevision[]) {
    return storedBody(withFormerClinics(asDocument(id, body), current));
  }

  async judge(
    principal: Principal,
    incoming: StoredRevision,
    leaves: ReadLeaves,
    readBody: ReadBody,
    seenIn?: RoleDatabase,
  ): Promise<Judged> {
    const current = leaves(incoming.id).map(asWritten);
    const winner = winnerOf(current);
    const shape = this.#shapeRefusal(incoming);
    if (shape) return shape;
    // A device that made and deleted a document before it ever synced says nothing that anyone needs to keep.
    if (incoming.deleted && current.length === 0) return {};
    const parentRev = nearestAncestor(current, incoming);
    const parentBody = parentRev === undefined ? undefined : await bodyOf(current, incoming.id, parentRev, readBody);
    const parent = parentBody ? asDocument(incoming.id, parentBody) : winner && asDocument(incoming.id, winner.body);
    const patient = this.#patientOf(incoming.id, leaves);
    const body = this.#complete({ principal, incoming, parent, current, patient, seenIn });
    if (!incoming.deleted) {
      const faults = validateDocument(body.type, withoutKept(body, parent));
      if (faults.length > 0)
        return {
          refusal: refuse(
            'invalid_document',
            faults.map(({ path }) => path),
          ),
          faults,
        };
      if (namesUnknownClinic(body, parent, leaves)) return { refusal: refuse('unknown_clinic', ['clinicIds']) };
    }
    const survivor = incoming.deleted ? survivorOf(incoming, current) : undefined;
    const stored = (survivor && endedBy(incoming, current)) ?? winner;
    const decision = this.#options.rules.authorizeWrite({
      principal,
      stored: stored && asRuleRevision(stored),
      incoming: { body, deleted: incoming.deleted },
      alsoChanged: [
        ...this.#options.rules.hiddenFieldsSent(principal, asDocument(incoming.id, incoming.body), parent),
        ...(await changedByMerge({ ...incoming, body: storedBody(body) }, current, readBody)),
      ],
      survivor,
      parent: parentBody ? parent : undefined,
      patient,
      nowMs: this.#options.nowMs(),
    });
    if (!decision.allowed) return { refusal: decision };
    if (incoming.deleted && (await this.#endsClinicInUse(incoming.id))) return { refusal: refuse('clinic_in_use') };
    const accepted = { ...incoming, body: storedBody(withFormerClinics(body, current)) };
    return { accepted, decision, ...this.#withdrawal(principal, accepted, current) };
  }

  /**
   * Who writes a document out of their own sight (refers a patient away, makes a record confidential) has the written
   * revision already, and would never ask for it again to find a tombstone under it: one more revision takes it away. It
   * names their role database, which is to be told in any case: a new document never was in it.
   */
  #withdrawal(
    principal: Principal,
    accepted: StoredRevision,
    current: readonly StoredRevision[],
  ): { followedBy?: MadeRevision } {
    const { id, body } = accepted;
    if (accepted.deleted || this.#options.rules.readableCopy(principal, asDocument(id, body))) return {};
    const own = databasesOfPrincipal(principal).filter(({ name }) => name !== REFERENCE_DATABASE.name);
    const withdrawnFrom = own.map(({ name }) => name);
    const withdrawn = { id, body: { ...body, withdrawnFrom } };
    return { followedBy: this.#options.maker.made('withdrawal', accepted, withdrawn, current) };
  }

  /** A clinic that ends would leave patients with documents that nobody can be given access to. */
  async #endsClinicInUse(id: string): Promise<boolean> {
    const slug = slugOf(id);
    return slug !== undefined && (await this.#options.clinicInUse(slug));
  }

  #shapeRefusal({ id, deleted, body }: StoredRevision): Judged | undefined {
    const parsed = parseId(id);
    const agrees = (field: 'type' | 'patientId', value: string | undefined) =>
      deleted ? body[field] === undefined || body[field] === value : body[field] === value;
    if (!parsed || !agrees('type', parsed.type) || !agrees('patientId', parsed.patientId))
      return { refusal: refuse('id_mismatch') };
    const bytes = Buffer.byteLength(JSON.stringify(body));
    if (bytes <= this.#options.maxDocumentBytes) return undefined;
    const message = `is ${bytes} bytes; at most ${this.#options.maxDocumentBytes} are accepted`;
    return { refusal: refuse('invalid_document'), faults: [{ path: '', rule: 'size', message }] };
  }

  /** What the writer could not know or may not choose. A deletion keeps what decides where it goes, and nothing else. */
  #complete({ principal, incoming, parent, current, patient, seenIn }: Incomplete): RuleDocument {
    const sent = asDocument(incoming.id, incoming.body);
    if (incoming.deleted) return this.#tombstone(principal, sent, parent, current);
    // Kept by the server, so an edit need not carry it; one that changes it is refused by the rules.
    const kept = parent?.formerClinicIds ? { formerClinicIds: parent.formerClinicIds, ...sent } : sent;
    const own = patient ? kept : atOwnClinic(principal, kept);
    return this.#options.rules.fillHiddenFields(principal, own, parent, seenIn);
  }

  #tombstone(
    principal: Principal,
    sent: RuleDocument,
    parent: RuleDocument | undefined,
    current: readonly StoredRevision[],
  ): RuleDocument {
    const winner = winnerOf(current);
    const base = winner?.body ?? parent ?? {};
    const dated = sent.updatedAt !== undefined && sent.updatedAt !== parent?.updatedAt;
    const routing = Object.fromEntries(
      ROUTING_FIELDS.flatMap((field) => (base[field] === undefined ? [] : [[field, base[field]]])),
    );
    const tombstone = {
      ...routing,
      _id: sent._id,
      type: sent.type,
      updatedAt: dated ? sent.updatedAt : laterOf(new Date(this.#options.nowMs()).toISOString(), parent?.updatedAt),
      updatedBy: dated ? sent.updatedBy : principal.userId,
      // Whose deletion it is decides who may take it back: a second one does not take the first one over.
      ...(winner?.deleted && { updatedAt: base.updatedAt, updatedBy: base.updatedBy }),
    };
    return tombstone as RuleDocument;
  }

  #patientOf(id: string, leaves: ReadLeaves): RuleRevision | undefined {
    const patientId = parseId(id)?.patientId;
    const winner = patientId === undefined ? undefined : winnerOf(leaves(patientDocId(patientId)));
    return winner && asRuleRevision(winner);
  }
}

/** What decides where a document goes, and whose it is: kept in a deletion. */
export const ROUTING_FIELDS = ['type', 'patientId', 'clinicIds', 'formerClinicIds', 'createdAt', 'createdBy'] as const;

async function bodyOf(current: readonly StoredRevision[], id: string, rev: string, readBody: ReadBody) {
  const body = current.find((leaf) => leaf.rev === rev)?.body ?? (await readBody(id, rev));
  return body && withoutField(body, 'withdrawnFrom');
}

/** The revision without what the server says of it alone: an edit grows from what a person wrote. */
const asWritten = (revision: StoredRevision): StoredRevision => ({
  ...revision,
  body: withoutField(revision.body, 'withdrawnFrom'),
});

export const clinicsNamedBy = ({ clinicIds }: { readonly clinicIds?: unknown }): string[] =>
  Array.isArray(clinicIds) ? clinicIds.filter((slug) => typeof slug === 'string' && isClinicSlug(slug)) : [];

/** The body without the server's own list, as long as it is as the server made it: no bound of a schema may stop that. */
const withoutKept = (body: RuleDocument, parent: RuleDocument | undefined): RuleDocument =>
  parent && equal(body.formerClinicIds, parent.formerClinicIds) ? withoutField(body, 'formerClinicIds') : body;

/**
 * Stock RxDB sends a record before its patient. Until the patient is there, nobody can tell which clinics it belongs to, and what
 * its writer says would show it to others: it is at their own clinic, and goes where the patient goes afterwards.
 */
const atOwnClinic = ({ clinicId }: Principal, document: RuleDocument): RuleDocument =>
  clinicId !== undefined &&
  document.patientId !== undefined &&
  document.type !== 'patient' &&
  clinicsNamedBy(document).includes(clinicId)
    ? { ...document, clinicIds: [clinicId] }
    : document;

/** Of the clinics that come new to a document. */
function namesUnknownClinic(body: RuleDocument, parent: RuleDocument | undefined, leaves: ReadLeaves): boolean {
  const added = clinicsNamedBy(body).filter((slug) => !parent?.clinicIds?.includes(slug));
  return added.some((slug) => winnerOf(leaves(clinicDocId(slug)))?.deleted !== false);
}

/** The document as it lives on when one side of a conflict is deleted; undefined where no other side is live. */
function survivorOf(incoming: StoredRevision, current: readonly StoredRevision[]): RuleDocument | undefined {
  const left = winnerOf(current.filter((leaf) => !leaf.deleted && !incoming.ancestry.includes(leaf.rev)));
  return left && asDocument(left.id, left.body);
}

/**
 * What a side that grows beside what stands changes of it, once both are one: also what its author did not touch, as it may win by
 * its revision id over a side that it shares no past with.
 */
async function changedByMerge(
  incoming: StoredRevision,
  current: readonly StoredRevision[],
  readBody: ReadBody,
): Promise<readonly string[]> {
  const { type } = parseId(incoming.id) ?? {};
  const isBeside = current.some((leaf) => !leaf.deleted && !incoming.ancestry.includes(leaf.rev));
  if (!type || incoming.deleted || !isBeside) return [];
  const coupled = COUPLED_FIELDS[type];
  const before = await mergeSides(current, readBody, coupled);
  const after = await mergeSides(withLeaf(current, incoming), readBody, coupled);
  if (!before || !after) return [];
  const changed = changedFields(asDocument(incoming.id, before.body), asDocument(incoming.id, after.body));
  const followsPatient = type !== 'patient' && incoming.body.patientId !== undefined;
  return changed.filter((field) => !BESIDE_THE_CHANGE.includes(field) && !(followsPatient && field === 'clinicIds'));
}

/** They differ in any two sides, and are judged by themselves; the server's own are no one's change. */
const BESIDE_THE_CHANGE: readonly string[] = [...BOOKKEEPING_FIELDS, ...SERVER_FIELDS];

/** The side that a deletion ends: what it says, and what lives on does not, is what the deletion changes. */
const endedBy = (incoming: StoredRevision, current: readonly StoredRevision[]): StoredRevision | undefined =>
  current.find((leaf) => !leaf.deleted && incoming.ancestry.includes(leaf.rev));

/** A stored body as the rules see it. A deletion by an older client may lack its type: the id tells. */
export const asDocument = (id: string, body: Readonly<Record<string, unknown>>): RuleDocument =>
  ({ type: parseId(id)?.type, ...body, _id: id }) as RuleDocument;

export const asRuleRevision = ({ id, body, deleted }: StoredRevision): RuleRevision => ({
  body: asDocument(id, body),
  deleted,
});

/** The body without the id, which the store keeps beside it. */
export function storedBody(document: RuleDocument): Readonly<Record<string, unknown>> {
  return withoutField(document, '_id');
}

function withoutField<T extends object>(document: T, field: string): T {
  if (!(field in document)) return document;
  return Object.fromEntries(Object.entries(document).filter(([key]) => key !== field)) as T;
}

/**
 * Every clinic that holds the document through another revision, or held it, joins `formerClinicIds`: the projection has to
 * find all databases that may hold a copy from the revision alone. What a revision before was withdrawn from is not of this one.
 */
export function withFormerClinics(
  { withdrawnFrom: _, ...document }: RuleDocument,
  others: readonly { readonly body: Readonly<Record<string, unknown>> }[],
): RuleDocument {
  if (document.patientId === undefined) return document;
  const list = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : []);
  const held = others.flatMap(({ body }) => [...list(body.clinicIds), ...list(body.formerClinicIds)]);
  const former = new Set([
    ...list(document.formerClinicIds),
    ...held.filter((clinic) => !document.clinicIds?.includes(clinic)),
  ]);
  return former.size > 0 ? { ...document, formerClinicIds: [...former].sort() } : document;
}
