/** What the decision that was made last became: shown above the next entry, to which the page goes on by itself. */
import { signal } from '@preact/signals';
import type { HeldWriteDetail } from '../../../../admin/held-writes/held-write-views.ts';
import { shortId, whatOf } from './document-words.ts';
import { Revision } from './held-facts.tsx';
import { entryAddress, type HeldFilters } from './held-query.ts';

interface Made {
  readonly decided: HeldWriteDetail;
  /** Whether the page went on to another one. */
  readonly wentOn: boolean;
}

const made = signal<Made | undefined>(undefined);

export function tellDecision(decided: HeldWriteDetail, wentOn: boolean): void {
  made.value = { decided, wentOn };
}

export function forgetDecision(): void {
  made.value = undefined;
}

/** Its frame is always there: what is put into it is read out. */
export function LastDecision({ filters }: { readonly filters: HeldFilters }) {
  const last = made.value;
  return (
    <div role="status" aria-label="The decision made last">
      {last && (
        <div class={`notice held-last ${last.decided.decision?.outcome === 'accepted' ? 'notice-ok' : 'notice-info'}`}>
          <p>
            <Words decided={last.decided} filters={filters} />{' '}
            {last.wentOn ? 'This is the next open one.' : 'Nothing else of what you filter by is open.'}
          </p>
        </div>
      )}
    </div>
  );
}

function Words({ decided, filters }: { readonly decided: HeldWriteDetail; readonly filters: HeldFilters }) {
  const { decision, documentId, id } = decided;
  const name = (
    <a href={entryAddress(id, filters)}>
      {whatOf(decided)} {shortId(documentId)}
    </a>
  );
  if (decision?.outcome !== 'accepted') return <>{name} was rejected.</>;
  return (
    <>
      {name} was accepted: the document is now revision {decision.rev && <Revision rev={decision.rev} />}.
    </>
  );
}
