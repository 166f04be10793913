/** What became of each of many that were to be rejected. */
import type { HeldWriteItem } from '../../../../admin/held-writes/held-write-views.ts';
import { counted, formatCount } from '../../format.ts';
import { shortId, whatOf } from './document-words.ts';
import { entryAddress, type HeldFilters } from './held-query.ts';
import type { ManyOutcome } from './reject-many.ts';

interface ManyResultProps {
  readonly frame: { readonly current: HTMLDivElement | null };
  readonly outcome: ManyOutcome | undefined;
  readonly filters: HeldFilters;
  readonly onClose: () => void;
}

/** Its frame is always there: what is put into it is read out. */
export function ManyResult({ frame, outcome, filters, onClose }: ManyResultProps) {
  return (
    <div role="status" class="held-result" aria-label="What became of them" ref={frame} tabIndex={-1}>
      {outcome && (
        <div class={`notice ${isWhole(outcome) ? 'notice-ok' : 'notice-attention'}`}>
          <p class="notice-title">{counted(outcome.rejected.length, 'write')} rejected.</p>
          <Others title="had been decided before, and stayed so" items={outcome.decidedBefore} filters={filters} />
          {outcome.notFound.length > 0 && (
            <p>{formatCount(outcome.notFound.length)} not found: the patient was erased in between.</p>
          )}
          <button type="button" class="button button-small" onClick={onClose}>
            Close this message
          </button>
        </div>
      )}
    </div>
  );
}

const isWhole = ({ decidedBefore, notFound }: ManyOutcome): boolean => decidedBefore.length + notFound.length === 0;

interface OthersProps {
  readonly title: string;
  readonly items: readonly HeldWriteItem[];
  readonly filters: HeldFilters;
}

function Others({ title, items, filters }: OthersProps) {
  if (items.length === 0) return null;
  return (
    <>
      <p>
        {formatCount(items.length)} {title}:
      </p>
      <ul>
        {items.map((item) => (
          <li key={item.id}>
            <a href={entryAddress(item.id, filters)}>
              {whatOf(item)} {shortId(item.documentId)}
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}
