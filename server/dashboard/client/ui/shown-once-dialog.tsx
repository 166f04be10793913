/** What is shown once, to be copied and handed over. */
import type { ComponentChildren } from 'preact';
import { CopyField } from './copy-field.tsx';
import { Dialog } from './dialog.tsx';

interface ShownOnceProps {
  readonly title: string;
  /** What the value is called. */
  readonly label: string;
  readonly value: string;
  /** What to do where it is lost. */
  readonly ifLost: string;
  readonly onClose: () => void;
  /** What it is good for, and until when. */
  readonly children: ComponentChildren;
}

export function ShownOnceDialog({ title, label, value, ifLost, onClose, children }: ShownOnceProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{children}</p>
      <p>
        <strong>It is shown this once.</strong> {ifLost}
      </p>
      <CopyField label={label} value={value} />
      <div class="dialog-actions">
        <button type="button" class="button button-primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
