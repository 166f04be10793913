/** A time, as how long ago it was; the time itself is in the tooltip. */
import { signal } from '@preact/signals';
import { formatAge, formatMoment } from '../format.ts';

const TICK_MS = 5_000;
const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, TICK_MS);

export function Ago({ at, never = 'never' }: { readonly at: string | undefined; readonly never?: string }) {
  if (at === undefined) return <span class="quiet">{never}</span>;
  return (
    <time dateTime={at} title={formatMoment(at)}>
      {formatAge(at, Math.max(now.value, Date.parse(at) <= Date.now() ? Date.parse(at) : 0))}
    </time>
  );
}
