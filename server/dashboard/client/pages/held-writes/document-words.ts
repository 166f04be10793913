/** What was to be done to which document, in words. */
import type { DocumentType } from '../../../../../shared-schemas/document-types.ts';
import { parseId } from '../../../../../shared-schemas/ids.ts';
import type { HeldWriteItem } from '../../../../admin/held-writes/held-write-views.ts';
import { sessionState } from '../../session.ts';

const TYPE_WORDS: Readonly<Record<DocumentType, string>> = {
  patient: 'patient',
  record: 'medical record',
  prescription: 'prescription',
  procedure: 'procedure',
  vaccine: 'vaccination',
  vital: 'vital signs',
  appointment: 'appointment',
  drug: 'drug',
  clinic: 'clinic',
  staff: 'staff entry',
};

const WORDS = new Map<string, string>(Object.entries(TYPE_WORDS));

/** Of an id that is not one of ours, nothing is known. */
export function typeWords(documentId: string): string {
  const [, type = ''] = documentId.split(':');
  return WORDS.get(type) ?? 'document';
}

/** Whether there can be such a document. What came with another id, or without one, can be looked at and rejected only. */
export const namesDocument = (documentId: string): boolean => parseId(documentId) !== undefined;

/** The end of an id: its beginning is the same for all documents of a patient. */
const END = 6;
export const shortId = (documentId: string): string =>
  documentId.length > END ? `…${documentId.slice(-END)}` : documentId;

export const documentAddress = (documentId: string): string => `/admin/documents/${encodeURIComponent(documentId)}`;

type Named = Pick<HeldWriteItem, 'documentId' | 'deleted' | 'rev'>;

/** `Change of vital signs`. A first revision is a new document. */
export function whatOf({ documentId, deleted, rev }: Named): string {
  const type = typeWords(documentId);
  if (deleted) return `Deletion of ${type}`;
  return rev.startsWith('1-') ? `New ${type}` : `Change of ${type}`;
}

/** A person by name; by user id where the staff directory has no name. */
export function whoOf(name: string | undefined, userId: string | undefined): string {
  const state = sessionState.value;
  if (state.kind === 'open' && state.session.userId === userId) return 'you';
  return name ?? userId ?? 'nobody known';
}
