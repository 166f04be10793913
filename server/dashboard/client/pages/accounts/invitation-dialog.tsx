/** A link to set a password, which is shown once. */
import { formatMoment } from '../../format.ts';
import { CopyField } from '../../ui/copy-field.tsx';
import { Dialog } from '../../ui/dialog.tsx';

/** As the API answers it. */
export interface ShownInvitation {
  readonly link: string;
  readonly expiresAt: string;
}

interface InvitationProps {
  readonly username: string;
  readonly invitation: ShownInvitation;
  readonly onClose: () => void;
}

export function InvitationDialog({ username, invitation, onClose }: InvitationProps) {
  return (
    <Dialog title={`A link for ${username}`} onClose={onClose}>
      <p>
        Whoever has this link can set the password of {username}, once, until {formatMoment(invitation.expiresAt)}. Hand
        it to its owner in person, or by a message that only they can read.
      </p>
      <p>
        <strong>It is shown this once.</strong> If it is lost, make a new one on the page of the account.
      </p>
      <CopyField label="Link" value={invitation.link} />
      <div class="dialog-actions">
        <button type="button" class="button button-primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
