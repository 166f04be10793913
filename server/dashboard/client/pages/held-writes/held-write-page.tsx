/** One held write: looked at beside what is stored, and decided. */

import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { HeldWriteDetail } from '../../../../admin/held-writes/held-write-views.ts';
import { ApiProblem } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { Loaded, Page } from '../../ui/page.tsx';
import { KeyHint, type Shortcut, ShortcutsDialog, useShortcuts } from '../../ui/shortcuts.tsx';
import { shortId, whatOf } from './document-words.ts';
import { HeldDecisionNotice, HeldFacts, HeldReason } from './held-facts.tsx';
import {
  entryAddress,
  filtersOf,
  findBeside,
  findNextOpen,
  HELD_WRITES,
  type HeldFilters,
  listAddress,
} from './held-query.ts';
import { forgetDecision, LastDecision, tellDecision } from './last-decision.tsx';
import { ReviewForm } from './review-form.tsx';

interface HeldWritePageProps {
  readonly id: string;
  readonly query: Readonly<Record<string, string>>;
}

export function HeldWritePage({ id, query }: HeldWritePageProps) {
  const filters = filtersOf(query);
  useEffect(() => forgetDecision, []);
  return (
    <div class="held-write">
      <LastDecision filters={filters} />
      {/* Another entry begins anew: no choice made for one is taken over to the next. */}
      <HeldWrite key={id} id={id} filters={filters} />
    </div>
  );
}

type AskedFor = 'accept' | 'reject' | 'keys';

function HeldWrite({ id, filters }: { readonly id: string; readonly filters: HeldFilters }) {
  const { route } = useLocation();
  const entry = useResource<HeldWriteDetail>(`${HELD_WRITES}/${id}`, ['held-writes', 'documents']);
  const [asked, setAsked] = useState<AskedFor>();
  const [told, setTold] = useState('');
  const [error, setError] = useState<unknown>();
  // What was shown of an erased patient must not stay on the page.
  const isGone = entry.error instanceof ApiProblem && entry.error.status === 404;
  const data = isGone ? undefined : entry.data;

  const go = (to: string) => route(entryAddress(to, filters));
  const move = async (way: 1 | -1) => {
    if (!data) return;
    setError(undefined);
    try {
      const beside = await findBeside(data.cursor, filters, way);
      if (beside !== undefined) go(beside);
      else setTold(way === 1 ? 'This is the last one of the list.' : 'This is the first one of the list.');
    } catch (thrown) {
      setError(thrown);
    }
  };
  const onDecided = async (decided: HeldWriteDetail) => {
    setAsked(undefined);
    // It is decided whatever comes of going on.
    const next = await findNextOpen(decided.cursor, filters).catch(() => undefined);
    tellDecision(decided, next !== undefined);
    if (next !== undefined) go(next);
    else {
      entry.refresh();
      // The buttons go.
      document.querySelector<HTMLElement>('main h1')?.focus();
    }
  };
  const ask = (what: AskedFor) => () => {
    if (data && !data.decision) setAsked(what);
  };
  const shortcuts: readonly Shortcut[] = [
    { key: 'j', does: 'Next one of the list', run: () => void move(1) },
    { key: 'k', does: 'The one before', run: () => void move(-1) },
    { key: 'a', does: 'Accept what is chosen', run: ask('accept') },
    { key: 'r', does: 'Reject it', run: ask('reject') },
    { key: 'u', does: 'Back to the list', run: () => route(listAddress(filters)) },
    { key: '?', does: 'Show these keys', run: () => setAsked('keys') },
  ];
  useShortcuts(shortcuts);
  return (
    <Page
      title={data ? `${whatOf(data)} ${shortId(data.documentId)}` : 'Held write'}
      actions={<Moves list={listAddress(filters)} move={(way) => void move(way)} onKeys={() => setAsked('keys')} />}
    >
      <p role="status" class="quiet held-told">
        {told}
      </p>
      <ErrorNotice error={error} />
      {isGone ? (
        <Notice tone="info" title="It is not here any more">
          <p>There is no such entry, or the patient was erased, and it with them.</p>
        </Notice>
      ) : (
        <Loaded resource={entry}>
          {(detail) => (
            <>
              {detail.decision && <HeldDecisionNotice decision={detail.decision} />}
              <HeldReason detail={detail} />
              <HeldFacts detail={detail} />
              <ReviewForm
                detail={detail}
                asked={asked === 'keys' ? undefined : asked}
                onAsk={setAsked}
                onDecided={onDecided}
                onOutdated={entry.refresh}
              />
            </>
          )}
        </Loaded>
      )}
      {asked === 'keys' && <ShortcutsDialog shortcuts={shortcuts} onClose={() => setAsked(undefined)} />}
    </Page>
  );
}

interface MovesProps {
  readonly list: string;
  readonly move: (way: 1 | -1) => void;
  readonly onKeys: () => void;
}

function Moves({ list, move, onKeys }: MovesProps) {
  return (
    <>
      <a class="button" href={list} aria-keyshortcuts="u">
        Back to the list <KeyHint of="u" />
      </a>
      <button type="button" class="button" aria-keyshortcuts="k" onClick={() => move(-1)}>
        Previous <KeyHint of="k" />
      </button>
      <button type="button" class="button" aria-keyshortcuts="j" onClick={() => move(1)}>
        Next <KeyHint of="j" />
      </button>
      <button type="button" class="button" aria-keyshortcuts="?" onClick={onKeys}>
        Keys <KeyHint of="?" />
      </button>
    </>
  );
}
