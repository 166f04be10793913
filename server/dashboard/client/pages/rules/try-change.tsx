/** A form to try a change: what the gateway would make of it. Nothing is written. */
import { useState } from 'preact/hooks';
import type { TrialView } from '../../../../admin/rules/rule-trial.ts';
import type { TrialDecision } from '../../../../admin/rules/trial-change.ts';
import { Select, TextArea } from '../../ui/fields.tsx';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { Section } from '../../ui/page.tsx';
import { type Change, tryRules } from './trial-query.ts';

interface TryChangeProps {
  readonly view: TrialView;
  /** Who and on what, in the words of the API. */
  readonly asked: object;
}

interface Tried {
  readonly decision?: TrialDecision | undefined;
  readonly error?: unknown;
}

export function TryChange({ view, asked }: TryChangeProps) {
  const fields = view.writing.fields.map(({ field }) => field).sort();
  const [field, setField] = useState(view.writing.fields.find(({ writable }) => writable)?.field ?? fields[0] ?? '');
  const [text, setText] = useState('');
  const [tried, setTried] = useState<Tried>({});
  const [busy, setBusy] = useState(false);
  const attempt = async (change: Change) => {
    setBusy(true);
    try {
      setTried({ decision: (await tryRules({ ...asked, change })).decision });
    } catch (error) {
      setTried({ error });
    }
    setBusy(false);
  };
  return (
    <Section title="Try a change">
      <p class="quiet">
        As a tablet of theirs would push it, judged as the gateway judges it. Nothing is written to the document.
      </p>
      <form
        class="try-change"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt({ set: { [field]: typedValue(text) } });
        }}
      >
        <Select label="Field" value={field} onChange={setField} options={fields.map((one) => [one, one] as const)} />
        <TextArea
          label="New value"
          hint="Text as it is; numbers, true, false, lists and objects as JSON. Empty takes the field away."
          rows={2}
          value={text}
          onInput={setText}
        />
        <div class="page-actions">
          <button type="submit" class="button button-primary" disabled={busy}>
            Try this change
          </button>
          <button type="button" class="button" disabled={busy} onClick={() => void attempt({ delete: true })}>
            Try to delete it
          </button>
        </div>
      </form>
      <ErrorNotice error={tried.error} />
      {tried.decision && <DecisionNotice decision={tried.decision} />}
    </Section>
  );
}

function DecisionNotice({
  decision: { allowed, action, code, message, faults },
}: {
  readonly decision: TrialDecision;
}) {
  const what = { create: 'The new document', update: 'The change', delete: 'The deletion' }[action];
  if (allowed)
    return (
      <Notice tone="ok" title={`${what} would be accepted`}>
        <p>{message}</p>
      </Notice>
    );
  return (
    <Notice tone="attention" title={`${what} would be refused, and held for review`}>
      <p>
        <code>{code}</code>: {message}
      </p>
      {faults && faults.length > 0 && (
        <ul>
          {faults.map(({ path, message: fault }) => (
            <li key={`${path}${fault}`}>
              <code>{path}</code> {fault}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}

/** What is no JSON is text. */
function typedValue(text: string): unknown {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
