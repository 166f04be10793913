/** A new account; its owner sets the password through a link, which is shown at the end. */
import { useState } from 'preact/hooks';
import { fetchJson } from '../../api.ts';
import type { ClinicDocument } from '../../clinics.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/fields.tsx';
import { InvitationDialog, type ShownInvitation } from './invitation-dialog.tsx';
import { type Scope, ScopeFields, scopeBody } from './scope-fields.tsx';

interface CreateProps {
  readonly clinics: readonly ClinicDocument[];
  readonly onCreated: () => void;
  readonly onClose: () => void;
}

interface Created {
  readonly username: string;
  readonly invitation: ShownInvitation;
}

export function CreateAccount({ clinics, onCreated, onClose }: CreateProps) {
  const [username, setUsername] = useState('');
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>({ role: 'nurse', clinicIds: [], patientId: '' });
  const [created, setCreated] = useState<Created | undefined>(undefined);
  if (created) return <InvitationDialog {...created} onClose={onClose} />;
  const create = async () => {
    const body = { username: username.trim(), name: name.trim(), ...scopeBody(scope) };
    setCreated(await fetchJson<Created>('/api/accounts', { method: 'POST', body }));
    onCreated();
  };
  return (
    // Closing is left to the dialog that follows.
    <ConfirmDialog title="New account" action="Create" onConfirm={create} onClose={onClose} stays>
      <TextField
        label="Username"
        value={username}
        onInput={setUsername}
        required
        maxLength={64}
        autofocus
        hint="Lower-case letters, digits, dots, underscores and hyphens. It cannot be changed."
      />
      <TextField label="Name" value={name} onInput={setName} required maxLength={200} />
      <ScopeFields scope={scope} clinics={clinics} onChange={setScope} />
    </ConfirmDialog>
  );
}
