/** What can be done about an account; each says what will happen before it does. */
import { useState } from 'preact/hooks';
import type { AccountView } from '../../../../accounts/account.ts';
import { fetchJson } from '../../api.ts';
import { useClinics } from '../../clinics.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/fields.tsx';
import { apiPathOf } from './account-words.ts';
import { EnrolmentCodeDialog, type ShownCode } from './enrolment-code-dialog.tsx';
import { InvitationDialog, type ShownInvitation } from './invitation-dialog.tsx';
import { type Scope, ScopeFields, scopeBody } from './scope-fields.tsx';

interface ActionProps {
  readonly account: AccountView;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

type Action = 'change' | 'reset' | 'device' | 'sessions' | 'disable' | 'enable';

const change = async ({ account, onDone }: ActionProps, body: unknown): Promise<void> => {
  await fetchJson(apiPathOf(account.username), { method: 'PATCH', body });
  onDone();
};

export function AccountActions({ account, onDone }: Omit<ActionProps, 'onClose'>) {
  const [open, setOpen] = useState<Action | undefined>(undefined);
  const props = { account, onDone, onClose: () => setOpen(undefined) };
  const button = (action: Action, words: string, look = '') => (
    <button type="button" class={`button ${look}`} onClick={() => setOpen(action)}>
      {words}
    </button>
  );
  return (
    <>
      {button('change', 'Change…')}
      {!account.disabled && button('reset', account.hasPassword ? 'Reset password…' : 'New invitation…')}
      {!account.disabled && button('device', 'New device…')}
      {button('sessions', 'End sessions…')}
      {account.disabled ? button('enable', 'Enable…') : button('disable', 'Disable…', 'button-danger')}
      {open === 'change' && <ChangeDialog {...props} />}
      {open === 'reset' && <ResetDialog {...props} />}
      {open === 'device' && <EnrolmentDialog {...props} />}
      {open === 'sessions' && <SessionsDialog {...props} />}
      {open === 'disable' && <DisableDialog {...props} />}
      {open === 'enable' && <EnableDialog {...props} />}
    </>
  );
}

function ChangeDialog(props: ActionProps) {
  const { account, onClose } = props;
  const clinics = useClinics();
  const [name, setName] = useState(account.name);
  const [scope, setScope] = useState<Scope>({ ...account, patientId: account.patientId ?? '' });
  const save = () => {
    const { patientId = null, ...rest } = { patientId: undefined, ...scopeBody(scope) };
    return change(props, { name: name.trim(), ...rest, patientId });
  };
  return (
    <ConfirmDialog title={`Change ${account.username}`} action="Save" onConfirm={save} onClose={onClose}>
      <TextField label="Name" value={name} onInput={setName} required maxLength={200} autofocus />
      <ScopeFields scope={scope} clinics={clinics} onChange={setScope} />
      <p class="hint">
        Sessions for a role, clinic or patient that the account no longer has end at once, on tablets as well.
      </p>
    </ConfirmDialog>
  );
}

function ResetDialog({ account, onClose, onDone }: ActionProps) {
  const [invitation, setInvitation] = useState<ShownInvitation | undefined>(undefined);
  if (invitation) return <InvitationDialog username={account.username} invitation={invitation} onClose={onClose} />;
  const reset = async () => {
    setInvitation(await fetchJson<ShownInvitation>(`${apiPathOf(account.username)}/invitation`, { method: 'POST' }));
    onDone();
  };
  return (
    <ConfirmDialog
      title={account.hasPassword ? `Reset the password of ${account.username}?` : `A new link for ${account.username}?`}
      action={account.hasPassword ? 'Reset password' : 'Make a link'}
      dangerous={account.hasPassword}
      onConfirm={reset}
      onClose={onClose}
      stays
    >
      <p>
        {account.hasPassword
          ? 'The password that there is and all sessions end at once: tablets stop syncing until their owner logs in again. Nothing that they wrote offline is lost.'
          : 'An earlier link is void from then on.'}{' '}
        You get a link by which the owner sets a password, good for seven days and one use.
      </p>
    </ConfirmDialog>
  );
}

function EnrolmentDialog({ account, onClose }: ActionProps) {
  const [code, setCode] = useState<ShownCode | undefined>(undefined);
  if (code) return <EnrolmentCodeDialog username={account.username} shown={code} onClose={onClose} />;
  const make = async () => {
    setCode(await fetchJson<ShownCode>(`${apiPathOf(account.username)}/enrolment-code`, { method: 'POST' }));
  };
  return (
    <ConfirmDialog
      title={`Let ${account.username} use one more device?`}
      action="Make a code"
      onConfirm={make}
      onClose={onClose}
      stays
    >
      <p>
        This is needed after a device of the account was revoked. You get a code for one login within a day, from one
        device. An earlier code is void from then on. Where the tablet was stolen, reset the password first.
      </p>
    </ConfirmDialog>
  );
}

function SessionsDialog({ account, onClose, onDone }: ActionProps) {
  const end = async () => {
    await fetchJson(`${apiPathOf(account.username)}/sessions`, { method: 'DELETE' });
    onDone();
  };
  return (
    <ConfirmDialog
      title={`End all sessions of ${account.username}?`}
      action="End sessions"
      dangerous
      onConfirm={end}
      onClose={onClose}
    >
      <p>
        Everyone who is logged in to this account has to log in again, on tablets as well. Until then they go on
        offline; what they write is not lost.
      </p>
    </ConfirmDialog>
  );
}

function DisableDialog(props: ActionProps) {
  const { account, onClose } = props;
  return (
    <ConfirmDialog
      title={`Disable ${account.username}?`}
      action="Disable"
      dangerous
      onConfirm={() => change(props, { disabled: true })}
      onClose={onClose}
    >
      <p>
        All its sessions end within a second, its tablets stop syncing, and nobody can log in to it. A link that was
        made and not used is void. What was written with it stays, under its name.
      </p>
    </ConfirmDialog>
  );
}

function EnableDialog(props: ActionProps) {
  const { account, onClose } = props;
  return (
    <ConfirmDialog
      title={`Enable ${account.username}?`}
      action="Enable"
      onConfirm={() => change(props, { disabled: false })}
      onClose={onClose}
    >
      <p>
        {account.hasPassword
          ? 'Its owner can log in again with the password that there was. Sessions that ended stay ended.'
          : 'It has no password: make an invitation afterwards.'}
      </p>
    </ConfirmDialog>
  );
}
