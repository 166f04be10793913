/** Rejecting: one held write or many, with a note. */
import { useState } from 'preact/hooks';
import { counted } from '../../format.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { TextArea } from '../../ui/fields.tsx';

interface RejectDialogProps {
  readonly count: number;
  /** Where it throws, the dialog stays and says why. */
  readonly onReject: (note: string) => Promise<unknown>;
  readonly onClose: () => void;
}

export const MAX_NOTE = 500;

export function RejectDialog({ count, onReject, onClose }: RejectDialogProps) {
  const [note, setNote] = useState('');
  return (
    <ConfirmDialog
      title={count === 1 ? 'Reject this write?' : `Reject ${counted(count, 'write')}?`}
      action={count === 1 ? 'Reject' : `Reject ${counted(count, 'write')}`}
      dangerous
      onConfirm={() => onReject(note)}
      onClose={onClose}
    >
      <p>
        Nothing is written: the {count === 1 ? 'document stays' : 'documents stay'} as{' '}
        {count === 1 ? 'it is' : 'they are'}. What was held is kept with your note, and cannot be accepted afterwards.
      </p>
      <TextArea
        label="Note"
        hint="Why, in your words. Not sent to tablets; do not name the patient."
        value={note}
        onInput={setNote}
        required
        maxLength={MAX_NOTE}
      />
    </ConfirmDialog>
  );
}
