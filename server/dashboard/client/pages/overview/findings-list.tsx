/** What else is wrong, the worst first. */
import type { Finding } from '../../../../admin/overview/findings.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Section } from '../../ui/page.tsx';

const TONES: Readonly<Record<Finding['severity'], Tone>> = {
  problem: 'problem',
  attention: 'attention',
  information: 'info',
};
const WORDS: Readonly<Record<Finding['severity'], string>> = {
  problem: 'Problem',
  attention: 'Attention',
  information: 'For information',
};

export function FindingsList({ findings }: { readonly findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <Section title="Also">
      <ul class="findings">
        {findings.map(({ code, severity, sentence, action, href, since }) => (
          <li key={code}>
            <Badge tone={TONES[severity]}>{WORDS[severity]}</Badge>
            <div>
              <p>
                <a href={href}>{sentence}</a>
                {since !== undefined && (
                  <span class="quiet">
                    {' '}
                    Began <Ago at={since} />.
                  </span>
                )}
              </p>
              <p class="quiet">{action}</p>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}
