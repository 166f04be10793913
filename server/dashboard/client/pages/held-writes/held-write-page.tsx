/** One held write: looked at beside what is stored, and decided. */

import { useLayoutEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { HeldWriteDetail } from '../../../../admin/held-writes/held-write-views.ts';
import { ApiProblem } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { useFocusAfter } from '../../ui/dialog.tsx';
import { useErrand } from '../../ui/errand.ts';
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
  useLayoutEffect(() => forgetDecision, []);
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

  const beginErrand = useErrand();
  // The buttons of what is decided go.
  const focusHeading = useFocusAfter(asked, () => document.querySelector<HTMLElement>('main h1'));
  const ask = (what: AskedFor | undefined) => {
    if (what !== undefined) beginErrand();
    setAsked(what);
  };
  const go = (to: string) => route(entryAddress(to, filters));
  const move = async (way: 1 | -1) => {
    if (!data) return;
    const { signal } = beginErrand();
    setError(undefined);
    try {
      const beside = await findBeside(data.cursor, filters, way);
      if (signal.aborted) return;
      if (beside !== undefined) go(beside);
      else setTold(way === 1 ? 'This is the last one of the list.' : 'This is the first one of the list.');
    } catch (thrown) {
      if (!signal.aborted) setError(thrown);
    }
  };
  const onDecided = async (decided: HeldWriteDetail) => {
    const { signal } = beginErrand();
    focusHeading();
    setAsked((now) => (now === asked ? undefined : now));
    entry.refresh();
    // It is decided whatever comes of going on.
    const next = await findNextOpen(decided.cursor, filters).catch(() => undefined);
    if (signal.aborted) return;
    tellDecision(decided, next !== undefined);
    if (next !== undefined) go(next);
  };
  const askIfOpen = (what: AskedFor) => () => {
    if (data && !data.decision) ask(what);
  };
  const shortcuts: readonly Shortcut[] = [
    { key: 'j', does: 'Next one of the list', run: () => void move(1) },
    { key: 'k', does: 'The one before', run: () => void move(-1) },
    { key: 'a', does: 'Accept what is chosen', run: askIfOpen('accept') },
    { key: 'r', does: 'Reject it', run: askIfOpen('reject') },
    { key: 'u', does: 'Back to the list', run: () => route(listAddress(filters)) },
    { key: '?', does: 'Show these keys', run: () => ask('keys') },
  ];
  useShortcuts(shortcuts);
  return (
    <Page
      title={data ? `${whatOf(data)} ${shortId(data.documentId)}` : 'Held write'}
      actions={<Moves list={listAddress(filters)} move={(way) => void move(way)} onKeys={() => ask('keys')} />}
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
                onAsk={ask}
                onDecided={(decided) => void onDecided(decided)}
                onOutdated={entry.refresh}
              />
            </>
          )}
        </Loaded>
      )}
      {asked === 'keys' && <ShortcutsDialog shortcuts={shortcuts} onClose={() => ask(undefined)} />}
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
