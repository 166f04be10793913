/** What became of a write, in the dialect of REST. */

import type { Outcome } from '../documents/write/outcome.ts';
import { HttpError } from '../http/errors.ts';

type Refused = Extract<Outcome, { outcome: 'refused' }>;

/** Of a document that the writer may not know of, nothing else is said. */
const isUnknown = ({ refusal }: Refused): boolean =>
  refusal.code === 'not_visible' || refusal.code === 'document_deleted';

/** The answer to a write that was not stored. */
export function refusalError(outcome: Exclude<Outcome, { outcome: 'stored' }>): HttpError {
  if (outcome.outcome === 'conflict') return new HttpError('conflict');
  const { refusal, faults } = outcome;
  if (refusal.code === 'invalid_document')
    return new HttpError('invalid_document', { extra: { faults: faults ?? [] } });
  if (isUnknown(outcome)) return new HttpError('not_found');
  const fields = refusal.fields ? { fields: refusal.fields } : {};
  return new HttpError('refused', { detail: refusal.message, extra: { reason: refusal.code, ...fields } });
}
