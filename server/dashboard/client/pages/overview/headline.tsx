/** One sentence: what is wrong first, and what to do. It is read out when it changes. */
import type { HealthSummary } from '../../../../admin/overview/findings.ts';
import { Badge } from '../../ui/badge.tsx';

const WORDS = { ok: 'In order', attention: 'Needs attention', problem: 'Problem' } as const;

/** Where a link goes, by the beginning of its address. */
const WAYS: readonly (readonly [string, string])[] = [
  ['/admin/held-writes', 'Open the held writes'],
  ['/admin/devices', 'Show these devices'],
  ['/admin/role-databases', 'Open the role databases'],
  ['/admin/system', 'Open the system'],
  ['/admin', 'Show the clinics'],
];
const wayTo = (href: string): string => WAYS.find(([beginning]) => href.startsWith(beginning))?.[1] ?? 'Go there';

export function Headline({ health: { state, sentence, action, href } }: { readonly health: HealthSummary }) {
  return (
    <div class={`headline headline-${state}`} role="status">
      <Badge tone={state}>{WORDS[state]}</Badge>
      <p class="headline-sentence">{sentence}</p>
      {action !== undefined && <p>{action}</p>}
      {href !== undefined && (
        <p>
          <a href={href}>{wayTo(href)}</a>
        </p>
      )}
    </div>
  );
}
