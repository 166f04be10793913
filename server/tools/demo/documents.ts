/** Documents as tablets write them. */
import { newDocumentId } from '../../../shared-schemas/ids.ts';
import type { RuleDocument } from '../../../sync-rules/document.ts';
import type { Tablet } from './tablet.ts';

type AuthoredType = 'record' | 'prescription' | 'vaccine' | 'vital';
type Content = Readonly<Record<string, unknown>>;

export const now = (): string => new Date().toISOString();

/** A new document of a patient whom the tablet has. */
export function newDocument(type: AuthoredType, patient: RuleDocument, { principal }: Tablet, content: Content) {
  const { userId, deviceId } = principal;
  const at = now();
  const { patientId, clinicIds } = patient;
  const document: RuleDocument = {
    _id: newDocumentId(type, patientId),
    type,
    schemaVersion: 1,
    ...(patientId !== undefined && { patientId }),
    ...(clinicIds && { clinicIds }),
    ...content,
    createdAt: at,
    createdBy: userId,
    updatedAt: at,
    updatedBy: userId,
    deviceId,
  };
  return document;
}

/** Changes a document on a tablet. Throws a RangeError where the tablet does not have it. */
export async function change(tablet: Tablet, id: string, content: Content): Promise<void> {
  const document = await read(tablet, id);
  const { userId, deviceId } = tablet.principal;
  await tablet.write({ ...document, ...content, updatedAt: now(), updatedBy: userId, deviceId });
}

/** Throws a RangeError where the tablet does not have it. */
export async function read(tablet: Tablet, id: string): Promise<RuleDocument> {
  const document = await tablet.read(id);
  if (!document) throw new RangeError(`the ${tablet.name}’s tablet does not have ${id}`);
  return document;
}
