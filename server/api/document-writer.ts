/** Creating and changing documents for online clients, through the same rules as a device's sync. */
import equal from 'fast-deep-equal';
import { type DocumentType, isReferenceType } from '../../shared-schemas/document-types.ts';
import { clinicDocId, isClinicSlug, isPatientId, parseId, patientDocId } from '../../shared-schemas/ids.ts';
import { validateDocument } from '../../shared-schemas/validate.ts';
import { FIXED_FIELDS } from '../../sync-rules/access-table.ts';
import { linksOf } from '../../sync-rules/links.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import { refuse } from '../../sync-rules/refusal.ts';
import type { ReadBody } from '../documents/write/document-policy.ts';
import type { Outcome } from '../documents/write/outcome.ts';
import type { Edit, WritePath } from '../documents/write/write-path.ts';
import { HttpError } from '../http/errors.ts';
import { type Fault, invalidInput } from '../http/parse-input.ts';
import { changedMeanwhile, checkExpected, type Expected, isConditional } from '../http/preconditions.ts';
import { winnerOf } from '../store/revisions.ts';
import type { Database } from '../store/store.ts';
import { defaultsOf, madeFields } from './defaults.ts';
import type { ApiDocument, DocumentReader } from './document-reader.ts';
import type { MakeUlid } from './made-ids.ts';
import { refusalError } from './refusals.ts';

export type Content = Readonly<Record<string, unknown>>;

export interface DocumentWriterOptions {
  readonly primary: Pick<Database, 'leaves'>;
  readonly reader: DocumentReader;
  readonly writePath: Pick<WritePath, 'edit'>;
  readonly readBody: ReadBody;
  readonly nowMs: () => number;
}

export interface Created {
  readonly document: ApiDocument;
  /** It was stored by the same request before. */
  readonly replayed: boolean;
}

/** How often a change without a precondition is tried again when others write the same document meanwhile. */
const MAX_ATTEMPTS = 5;

export class DocumentWriter {
  readonly #options: DocumentWriterOptions;

  constructor(options: DocumentWriterOptions) {
    this.#options = options;
  }

  /** Sent again with the same id or Idempotency-Key, it answers what it stored the first time. */
  async create(principal: Principal, type: DocumentType, content: Content, makeUlid: MakeUlid): Promise<Created> {
    const edit = await this.draft(principal, type, content, makeUlid(type));
    await this.checkLinks(principal, edit.body, {});
    if (await this.wasStored(principal, edit, content))
      return { document: await this.#read(principal, edit), replayed: true };
    const [outcome] = await this.#options.writePath.edit(principal, [edit], { hold: false });
    if (outcome?.outcome === 'stored')
      return { document: await this.#read(principal, edit, outcome.rev), replayed: false };
    // The same request was faster.
    if (outcome?.outcome === 'conflict' && (await this.wasStored(principal, edit, content)))
      return { document: await this.#read(principal, edit), replayed: true };
    throw creationError(type, outcome);
  }

  /**
   * A new document as the server completes it: where the patient is, who writes it and when, and the defaults of its type. What
   * the client says itself stands, and is judged.
   */
  async draft(principal: Principal, type: DocumentType, content: Content, ulid: string): Promise<Edit> {
    const { _id, _rev, ...fields } = content;
    if (_rev !== undefined) throw invalidInput([{ path: '_rev', message: 'a new document has none' }]);
    const id = idOf(type, _id, fields, ulid);
    if (typeof id !== 'string') throw invalidNewDocument(type, fields, id);
    const patientId = parseId(id)?.patientId;
    const patient =
      patientId === undefined || type === 'patient' ? undefined : await this.#patient(principal, patientId);
    const now = new Date(this.#options.nowMs()).toISOString();
    const clinicIds =
      patient?.clinicIds ?? (type === 'patient' && principal.clinicId ? [principal.clinicId] : undefined);
    if (patient && fields.clinicIds !== undefined && !equal(fields.clinicIds, clinicIds))
      throw invalidInput([
        { path: 'clinicIds', message: 'are those of the patient: leave them out, or refer the patient' },
      ]);
    const body = {
      type,
      schemaVersion: 1,
      ...(patientId !== undefined && { patientId }),
      ...(clinicIds !== undefined && { clinicIds }),
      ...defaultsOf(type, { now, ...(patient && { patient }) }),
      createdAt: now,
      createdBy: principal.userId,
      ...this.#bookkeeping(principal, now),
      ...fields,
    };
    return { id, deleted: false, body };
  }

  /** Replaces the content. What routes a document, and who created it when, stays where the client does not mention it. */
  replace(principal: Principal, stored: ApiDocument, content: Content, expected: Expected): Promise<ApiDocument> {
    return this.#change(principal, stored, expected, (current) => {
      const kept = [...FIXED_FIELDS, 'clinicIds', 'schemaVersion'].flatMap((field) =>
        field in current && field !== '_id' ? [[field, current[field]]] : [],
      );
      return { ...Object.fromEntries(kept), ...content, ...this.#bookkeeping(principal, this.#timeAfter(current)) };
    });
  }

  /** JSON merge patch (RFC 7396); null removes a field. */
  patch(principal: Principal, stored: ApiDocument, patch: Content, expected: Expected): Promise<ApiDocument> {
    return this.#change(principal, stored, expected, ({ _id, _rev, ...current }) => ({
      ...(mergePatch(current, patch) as Content),
      ...this.#bookkeeping(principal, this.#timeAfter(current)),
    }));
  }

  async remove(principal: Principal, stored: ApiDocument, expected: Expected): Promise<void> {
    await this.#attempt(principal, stored, expected, (current) =>
      Promise.resolve({ id: current._id, baseRev: current._rev, deleted: true, body: {} }),
    );
  }

  /**
   * Links must name documents that the author can see: a tablet may be ahead of the server, an online client can't.
   * @throws HttpError `invalid_document`
   */
  async checkLinks(
    principal: Principal,
    body: Content,
    before: Content,
    known: ReadonlySet<string> = new Set(),
  ): Promise<void> {
    const faults: Fault[] = [];
    for (const { field, id, type } of linksOf(body)) {
      // Those of other patients or types are refused by the rules.
      const isPlausible = id.startsWith(`${String(body.patientId)}:${type}:`);
      if (!isPlausible || before[field] === id || known.has(id)) continue;
      if (!(await this.#options.reader.get(principal, id)))
        faults.push({ path: `/${field}`, message: `is not a ${type} that you can see` });
    }
    if (faults.length > 0)
      throw new HttpError('invalid_document', {
        extra: { faults: faults.map((fault) => ({ ...fault, rule: 'link' })) },
      });
  }

  /**
   * Whether this very request stored the document before: same author, same content.
   * @throws HttpError `conflict` where the id was used for something else, or what it stored was deleted since.
   */
  async wasStored(principal: Principal, { id, body }: Edit, content: Content): Promise<boolean> {
    const winner = winnerOf((await this.#options.primary.leaves([id])).get(id) ?? []);
    const firstRev = winner?.ancestry.at(-1);
    if (!winner || firstRev === undefined) return false;
    const first = firstRev === winner.rev ? winner.body : await this.#options.readBody(id, firstRev);
    const asked = Object.entries(content).filter(([field]) => field !== '_id');
    const isSame =
      first?.createdBy === principal.userId &&
      asked.every(([field, value]) => equal(first[field], value)) &&
      Object.keys(first).every((field) => field in body);
    if (!isSame) throw new HttpError(body.type === 'clinic' ? 'clinic_exists' : 'conflict', USED_ID);
    if (winner.deleted)
      throw new HttpError('conflict', { detail: 'This request created it before; it was deleted since.' });
    return true;
  }

  async #change(
    principal: Principal,
    stored: ApiDocument,
    expected: Expected,
    bodyOf: (current: ApiDocument) => Content,
  ): Promise<ApiDocument> {
    let body: Content = {};
    const rev = await this.#attempt(principal, stored, expected, async (current) => {
      const { _id, _rev, ...next } = bodyOf(current);
      if (_id !== undefined && _id !== current._id)
        throw invalidInput([{ path: '_id', message: 'is not the id in the path' }]);
      body = next;
      await this.checkLinks(principal, next, current);
      return { id: current._id, baseRev: current._rev, deleted: false, body };
    });
    return this.#read(principal, { id: stored._id, deleted: false, body }, rev);
  }

  /** Answers the revision that was stored. */
  async #attempt(
    principal: Principal,
    stored: ApiDocument,
    expected: Expected,
    editOf: (current: ApiDocument) => Promise<Edit>,
  ): Promise<string> {
    let current = stored;
    for (let attempt = 1; ; attempt++) {
      checkExpected(current._rev, expected);
      const [outcome] = await this.#options.writePath.edit(principal, [await editOf(current)], { hold: false });
      if (outcome?.outcome === 'stored') return outcome.rev;
      if (!outcome) throw new HttpError('conflict');
      if (outcome.outcome === 'refused' || attempt === MAX_ATTEMPTS) throw refusalError(outcome);
      const latest = await this.#options.reader.get(principal, stored._id);
      if (!latest) throw new HttpError('not_found');
      // The role database may be a moment behind.
      if (isConditional(expected)) throw changedMeanwhile(expected);
      if (latest._rev === current._rev) throw refusalError(outcome);
      current = latest;
    }
  }

  /** The writer sees only the patients in their care, and adds documents only to those. */
  async #patient(principal: Principal, patientId: string): Promise<ApiDocument> {
    const patient = await this.#options.reader.get(principal, patientDocId(patientId));
    if (patient) return patient;
    const { code, message } = refuse('unknown_patient');
    throw new HttpError('refused', { detail: message, extra: { reason: code } });
  }

  /** Never before the last change: clocks of tablets may be ahead. */
  #timeAfter(current: Content): string {
    return new Date(Math.max(this.#options.nowMs(), Date.parse(String(current.updatedAt)) || 0)).toISOString();
  }

  #bookkeeping({ userId, deviceId }: Principal, now: string) {
    return { updatedAt: now, updatedBy: userId, ...(deviceId !== undefined && { deviceId }) };
  }

  /** What the writer sees of it now. A patient that was referred away is seen no longer: then it is what was sent. */
  async #read(principal: Principal, { id, body }: Edit, rev = ''): Promise<ApiDocument> {
    return (await this.#options.reader.get(principal, id)) ?? { ...body, _id: id, _rev: rev };
  }
}

const USED_ID = { detail: 'This id, or this Idempotency-Key, was used for another document: make a new one.' };

export function creationError(type: DocumentType, outcome: Outcome | undefined): HttpError {
  if (outcome?.outcome === 'refused') return refusalError(outcome);
  return new HttpError(type === 'clinic' ? 'clinic_exists' : 'conflict', type === 'clinic' ? {} : USED_ID);
}

/** The id that the client made, or one made of what the content says and the ulid; else what keeps it from being made. */
function idOf(type: DocumentType, given: unknown, fields: Content, ulid: string): string | Fault {
  if (given !== undefined) {
    if (typeof given === 'string' && parseId(given)?.type === type) return given;
    return { path: '/_id', message: `is not an id of a ${type} document` };
  }
  if (type === 'clinic') {
    if (typeof fields.slug === 'string' && isClinicSlug(fields.slug)) return clinicDocId(fields.slug);
    return { path: '/slug', message: 'must be up to 40 lower-case letters, digits and hyphens, a letter first' };
  }
  if (isReferenceType(type)) return `${type}:${type}:${ulid}`;
  const patientId = fields.patientId ?? (type === 'patient' ? `p${ulid}` : undefined);
  if (typeof patientId !== 'string' || !isPatientId(patientId))
    return { path: '/patientId', message: 'must be the id of a patient' };
  return type === 'patient' ? patientDocId(patientId) : `${patientId}:${type}:${ulid}`;
}

/** Whoever has to mend the id is told of everything else as well. */
function invalidNewDocument(type: DocumentType, fields: Content, fault: Fault): HttpError {
  const others = validateDocument(type, { type, ...fields }).filter(
    ({ path, rule }) =>
      path !== fault.path && !(rule === 'required' && !(path.slice(1) in fields) && isMade(type, path)),
  );
  return new HttpError('invalid_document', { extra: { faults: [{ ...fault, rule: 'id' }, ...others] } });
}

const isMade = (type: DocumentType, path: string): boolean => madeFields(type).includes(path.slice(1));

const isObject = (value: unknown): value is Content =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396, section 2. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, mergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}
