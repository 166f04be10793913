/** The document that rules are tried on: a stored one, at its present revision or an earlier one, or one that is made up. */
import { type DocumentType, isReferenceType } from '../../../shared-schemas/document-types.ts';
import { clinicDocId, isPatientId, newDocumentId, newPatientId, parseId } from '../../../shared-schemas/ids.ts';
import type { Principal } from '../../../sync-rules/principal.ts';
import { defaultsOf } from '../../api/defaults.ts';
import type { ReadBody } from '../../documents/write/document-policy.ts';
import { HttpError } from '../../http/errors.ts';
import { invalidInput } from '../../http/parse-input.ts';
import { childRevision, winnerOf } from '../../store/revisions.ts';
import type { Database, StoredRevision } from '../../store/store.ts';
import { askedDocumentId } from '../documents/asked-document.ts';
import type { TrialInput } from './trial-input.ts';

export interface TrialDocument {
  readonly id: string;
  readonly madeUp: boolean;
  /** What is taken to be stored; nothing where the document is to be created. */
  readonly leaves: readonly StoredRevision[];
  /** The revision that is looked at. */
  readonly revision: StoredRevision;
}

export interface TrialDocumentsOptions {
  readonly primary: Pick<Database, 'leaves' | 'revisions'>;
  readonly readBody: ReadBody;
  readonly nowMs: () => number;
}

/** Wrote what is made up, where nothing else is said. */
const SOMEONE_ELSE = 'someone-else';

/**
 * @throws HttpError `not_found`, `invalid_input`
 */
export async function documentOf(
  options: TrialDocumentsOptions,
  input: TrialInput,
  principal: Principal,
): Promise<TrialDocument> {
  const { documentId = '', document, rev, change } = input;
  if (!document) return storedDocument(options, askedDocumentId(documentId), rev);
  const isNew = change?.create === true;
  const revision = madeUp(document, principal, isNew, new Date(options.nowMs()).toISOString());
  return { id: revision.id, madeUp: true, leaves: isNew ? [] : [revision], revision };
}

async function storedDocument(
  { primary, readBody }: TrialDocumentsOptions,
  id: string,
  rev: string | undefined,
): Promise<TrialDocument> {
  const leaves = (await primary.leaves([id])).get(id) ?? [];
  const winner = winnerOf(leaves);
  if (!winner)
    throw new HttpError('not_found', { detail: 'There is no document of this id: make one up, or search for it.' });
  const leaf = rev === undefined ? winner : leaves.find((one) => one.rev === rev);
  if (leaf) return { id, madeUp: false, leaves, revision: leaf };
  const branch = leaves.find(({ ancestry }) => ancestry.includes(rev ?? ''))?.ancestry;
  const body = branch && rev !== undefined ? await readBody(id, rev) : undefined;
  if (!branch || rev === undefined || !body)
    throw new HttpError('not_found', { detail: 'The document has no such revision, or its body is not kept.' });
  const [stored] = await primary.revisions([{ id, rev }]);
  const ancestry = branch.slice(branch.indexOf(rev));
  return { id, madeUp: false, leaves, revision: { id, rev, ancestry, deleted: stored?.deleted ?? false, body } };
}

function madeUp(
  { _id, ...fields }: Readonly<Record<string, unknown>>,
  principal: Principal,
  isNew: boolean,
  now: string,
): StoredRevision {
  const type = fields.type as DocumentType;
  const id = typeof _id === 'string' ? _id : newIdOf(type, fields, principal);
  const author = isNew ? principal.userId : SOMEONE_ELSE;
  const patientId = parseId(id)?.patientId;
  return childRevision(undefined, id, {
    ...{ schemaVersion: 1, ...defaultsOf(type, { now }) },
    ...{ createdAt: now, createdBy: author, updatedAt: now, updatedBy: author },
    ...(patientId !== undefined && { patientId, clinicIds: principal.clinicId ? [principal.clinicId] : [] }),
    ...fields,
  });
}

function newIdOf(
  type: DocumentType,
  { patientId, slug }: Readonly<Record<string, unknown>>,
  principal: Principal,
): string {
  if (type === 'clinic') return clinicDocId(typeof slug === 'string' ? slug : 'made-up');
  if (isReferenceType(type)) return newDocumentId(type);
  const patient = patientId ?? principal.patientId ?? newPatientId();
  if (typeof patient !== 'string' || !isPatientId(patient))
    throw invalidInput([{ path: 'document.patientId', message: 'is not the id of a patient' }]);
  return newDocumentId(type, patient);
}
