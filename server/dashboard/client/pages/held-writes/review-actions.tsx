/** The buttons that decide on a held write, and what accepting would do. */
import type { HeldWriteDetail } from '../../../../admin/held-writes/held-write-views.ts';
import { counted } from '../../format.ts';
import type { Plan } from './choices.ts';
import { namesDocument } from './document-words.ts';

interface ReviewActionsProps {
  readonly detail: HeldWriteDetail;
  readonly plan: Plan;
  readonly onAsk: (what: 'accept' | 'reject') => void;
}

export function ReviewActions({ detail, plan, onAsk }: ReviewActionsProps) {
  const { faults, writes, isNothing } = plan;
  const words = !namesDocument(detail.documentId)
    ? 'It does not have the id of a document: look at it, and reject it.'
    : isNothing
      ? 'Nothing of it is chosen: reject it, or choose a field.'
      : faults.size > 0
        ? `Not yet: see ${[...faults.keys()].join(', ')}.`
        : detail.deleted
          ? 'Accepting deletes the document.'
          : `Accepting writes ${counted(writes.length, 'field')}.`;
  return (
    <div class="held-actions">
      <button
        type="button"
        class="button button-primary"
        disabled={isNothing || faults.size > 0}
        onClick={() => onAsk('accept')}
      >
        {detail.deleted ? 'Accept the deletion…' : 'Accept…'}
      </button>
      <button type="button" class="button button-danger" onClick={() => onAsk('reject')}>
        Reject…
      </button>
      <p role="status">{words}</p>
    </div>
  );
}
