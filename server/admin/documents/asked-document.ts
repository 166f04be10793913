/** How an administrator names a document and a revision. */
import { isPatientId, patientDocId } from '../../../shared-schemas/ids.ts';

/** A patient is named by the patient's id as well. */
export const askedDocumentId = (asked: string): string => (isPatientId(asked) ? patientDocId(asked) : asked);

/** What the gateway takes for a revision. */
export const REVISION = /^[1-9]\d{0,8}-[^\s"/]{1,64}$/;
