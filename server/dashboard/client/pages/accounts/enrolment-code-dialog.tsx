/** A code to enrol one device, which is shown once. */
import { formatMoment } from '../../format.ts';
import { ShownOnceDialog } from '../../ui/shown-once-dialog.tsx';

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
    <ShownOnceDialog
      title={`A code for ${username}`}
      label="Code"
      value={shown.code}
      ifLost="If it is lost, make a new one."
      onClose={onClose}
    >
      {username} types it on the new tablet, beside the password, until {formatMoment(shown.expiresAt)}. It lets one
      device in, once. Hand it over in person, or by a message that only they can read.
    </ShownOnceDialog>
  );
}
