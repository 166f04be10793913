/** How many held writes wait for a decision, for which reasons; each reason is a filter. */
import type { HeldWritesSummary } from '../../../../admin/held-writes/held-writes-summary.ts';
import { counted, formatCount } from '../../format.ts';
import { useResource } from '../../resource.ts';
import { Ago } from '../../ui/ago.tsx';
import { Loaded } from '../../ui/page.tsx';
import { HELD_WRITES, type HeldFilters, listAddress } from './held-query.ts';
import { shortReason } from './reason-words.ts';

export function HeldSummary({ filters }: { readonly filters: HeldFilters }) {
  const summary = useResource<HeldWritesSummary>(`${HELD_WRITES}/summary`, ['held-writes']);
  return <Loaded resource={summary}>{(data) => <Counts summary={data} filters={filters} />}</Loaded>;
}

function Counts({ summary, filters }: { readonly summary: HeldWritesSummary; readonly filters: HeldFilters }) {
  const { open, oldestAt, byCode } = summary;
  if (open === undefined) return <p class="quiet">They are being counted after a start of the server…</p>;
  if (open === 0) return <p>Nothing waits for a decision.</p>;
  const isOpenList = filters.state === '' || filters.state === 'open';
  const hereIf = (here: boolean) => (here ? { 'aria-current': 'true' as const } : {});
  const only = (code: string) => listAddress({ ...filters, state: '', code });
  return (
    <nav class="held-counts" aria-label="Open, by reason">
      <p>
        <strong>{counted(open, 'write waits', 'writes wait')}</strong> for a decision; the oldest came{' '}
        <Ago at={oldestAt} />.
      </p>
      <ul>
        <li>
          <a href={only('')} {...hereIf(isOpenList && filters.code === '')}>
            All reasons <b>{formatCount(open)}</b>
          </a>
        </li>
        {byCode.map(({ code, open: count }) => (
          <li key={code}>
            <a href={only(code)} {...hereIf(isOpenList && filters.code === code)}>
              {shortReason(code)} <b>{formatCount(count)}</b>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
