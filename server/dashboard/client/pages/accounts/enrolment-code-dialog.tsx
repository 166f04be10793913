/** A code to enrol one device, which is shown once. */
import { formatMoment } from '../../format.ts';
import { CopyField } from '../../ui/copy-field.tsx';
import { Dialog } from '../../ui/dialog.tsx';

/** As the API answers it. */
export interface ShownCode {
  readonly code: string;
  readonly expiresAt: string;
}

interface EnrolmentCodeProps {
  readonly username: string;
  readonly shown: ShownCode;
  readonly onClose: () => void;
}

export function EnrolmentCodeDialog({ username, shown, onClose }: EnrolmentCodeProps) {
  return (
    <Dialog title={`A code for ${username}`} onClose={onClose}>
      <p>
        {username} types it on the new tablet, beside the password, until {formatMoment(shown.expiresAt)}. It lets one
        device in, once. Hand it over in person, or by a message that only they can read.
      </p>
      <p>
        <strong>It is shown this once.</strong> If it is lost, make a new one.
      </p>
      <CopyField label="Code" value={shown.code} />
      <div class="dialog-actions">
        <button type="button" class="button button-primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
