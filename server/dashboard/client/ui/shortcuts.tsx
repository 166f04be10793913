/** Keys that do something on a page: never while somebody types, or a dialog is open; they can be turned off. */
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Dialog } from './dialog.tsx';
import { Checkbox } from './fields.tsx';

export interface Shortcut {
  readonly key: string;
  /** What it does, for the list of keys. */
  readonly does: string;
  /** Without it, the key is listed only: the browser does it. */
  readonly run?: () => void;
  /** Again and again as long as the key is held down. */
  readonly repeats?: true;
}

const KEPT = 'vitasync-shortcuts';
/** This browser's choice: single keys are in the way of who speaks to the computer, or has a keyboard of their own. */
const enabled = signal(localStorage.getItem(KEPT) !== 'off');

export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  // With the page itself: until then, the keys would be those of the page before.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event.target)) return;
      const found = latest.current.find(({ key }) => key === event.key);
      // The list of keys can be opened always: there they are turned on again.
      if (!found?.run || (event.repeat && !found.repeats) || (!enabled.value && found.key !== '?')) return;
      event.preventDefault();
      found.run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

const TYPED_INTO = 'input:not([type=checkbox]), textarea, select, [contenteditable]';

const isTaken = (target: EventTarget | null): boolean =>
  (target instanceof Element && target.closest(TYPED_INTO) !== null) || document.querySelector('dialog[open]') !== null;

/** The key beside what a button is called; the button says it by `aria-keyshortcuts`. */
export const KeyHint = ({ of: key }: { readonly of: string }) => (
  <span class="key" aria-hidden="true">
    {key}
  </span>
);

export function ShortcutsDialog({
  shortcuts,
  onClose,
}: {
  readonly shortcuts: readonly Shortcut[];
  readonly onClose: () => void;
}) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {shortcuts.map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd class="key">{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <Checkbox
        label="Use these keys in this browser"
        checked={enabled.value}
        onChange={(on) => {
          enabled.value = on;
          localStorage.setItem(KEPT, on ? 'on' : 'off');
        }}
      />
      <p class="hint">They rest while you type. Everything can be done with Tab and Enter as well.</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
