/**
 * Dialogs, which hold the focus, close by Escape, and give the focus back. All of it in the step that draws: a key that is pressed
 * before the browser paints must find the focus where it belongs, and no later step may take it away again.
 */
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useErrand } from './errand.ts';
import { ErrorNotice } from './notice.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // Closing gives the focus back; taking an open dialog out of the page does not.
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}

/**
 * For dialogs after which the button that opened them is of no use. The function that it answers sends the focus to `target`
 * once the dialog is gone; it does nothing where the dialog was closed before. `dialog`: which one is open.
 */
export function useFocusAfter(dialog: string | undefined, target: () => HTMLElement | null | undefined): () => void {
  const isMeant = useRef(false);
  const latest = useRef(dialog);
  latest.current = dialog;
  useLayoutEffect(() => {
    if (dialog === undefined && isMeant.current) target()?.focus();
    isMeant.current = false;
  }, [dialog]);
  return () => {
    isMeant.current = latest.current === dialog;
  };
}

interface ConfirmProps {
  readonly title: string;
  /** What will happen, before it does. */
  readonly children: ComponentChildren;
  /** On the button: a verb, what it does. */
  readonly action: string;
  readonly dangerous?: boolean;
  /** It does not close by itself: another dialog follows. */
  readonly stays?: boolean;
  /** Where it throws, the dialog stays and says why. */
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}

export function ConfirmDialog({
  title,
  children,
  action,
  dangerous = false,
  stays = false,
  onConfirm,
  onClose,
}: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  const beginErrand = useErrand();
  const submit = async (event: Event) => {
    event.preventDefault();
    const { signal } = beginErrand();
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      // Somebody may have closed it meanwhile, and opened another one.
      if (!stays && !signal.aborted) onClose();
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        {children}
        <ErrorNotice error={error} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class={`button ${dangerous ? 'button-danger' : 'button-primary'}`} disabled={busy}>
            {busy ? 'Working…' : action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
