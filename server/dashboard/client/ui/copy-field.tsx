/** A text to be handed on, with a button that copies it. */
import { useId, useRef, useState } from 'preact/hooks';

interface CopyFieldProps {
  readonly label: string;
  readonly value: string;
}

export function CopyField({ label, value }: CopyFieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [state, setState] = useState<'idle' | 'copied' | 'selected'>('idle');
  const copy = async () => {
    input.current?.select();
    // A browser may keep pages without encryption from the clipboard: then it is selected, for the keyboard.
    const copied = await (navigator.clipboard?.writeText(value) ?? Promise.reject()).then(
      () => true,
      () => false,
    );
    setState(copied ? 'copied' : 'selected');
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="copy">
        <input
          id={id}
          ref={input}
          class="input copy-text"
          readOnly
          value={value}
          onFocus={() => input.current?.select()}
        />
        <button type="button" class="button" onClick={() => void copy()}>
          Copy
        </button>
      </div>
      <p class="hint" role="status">
        {state === 'copied' ? 'Copied.' : state === 'selected' ? 'Selected: copy it with Ctrl+C.' : ''}
      </p>
    </div>
  );
}
