/** A link to set a password, which is shown once. */
import { formatMoment } from '../../format.ts';
import { ShownOnceDialog } from '../../ui/shown-once-dialog.tsx';

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
    <ShownOnceDialog
      title={`A link for ${username}`}
      label="Link"
      value={invitation.link}
      ifLost="If it is lost, make a new one on the page of the account."
      onClose={onClose}
    >
      Whoever has this link can set the password of {username}, once, until {formatMoment(invitation.expiresAt)}. Hand
      it to its owner in person, or by a message that only they can read.
    </ShownOnceDialog>
  );
}
