/** What can be done about a device; each says what will happen before it does. */

import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { ListedDevice } from '../../../../admin/devices/device-list.ts';
import { fetchJson } from '../../api.ts';
import { formatCount } from '../../format.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/fields.tsx';
import { nameOf } from './device-words.ts';

interface ActionProps {
  readonly device: ListedDevice;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

type Action = 'rename' | 'fresh-replica' | 'revoke' | 'restore' | 'forget';

const send = async ({ device: { deviceId }, onDone }: ActionProps, action: string): Promise<void> => {
  await fetchJson(`/api/admin/devices/${encodeURIComponent(deviceId)}/${action}`, { method: 'POST' });
  onDone();
};

export function DeviceActions({ device, onDone }: Omit<ActionProps, 'onClose'>) {
  const [open, setOpen] = useState<Action | undefined>(undefined);
  const props = { device, onDone, onClose: () => setOpen(undefined) };
  return (
    <>
      <button type="button" class="button" onClick={() => setOpen('rename')}>
        Rename…
      </button>
      <button type="button" class="button" onClick={() => setOpen('fresh-replica')}>
        Fresh replica…
      </button>
      {device.revokedAt === undefined ? (
        <button type="button" class="button button-danger" onClick={() => setOpen('revoke')}>
          Revoke…
        </button>
      ) : (
        <button type="button" class="button" onClick={() => setOpen('restore')}>
          Let in again…
        </button>
      )}
      {(device.revokedAt !== undefined || device.activity === undefined) && (
        <button type="button" class="button button-danger" onClick={() => setOpen('forget')}>
          Forget…
        </button>
      )}
      {open === 'rename' && <RenameDialog {...props} />}
      {open === 'fresh-replica' && <FreshReplicaDialog {...props} />}
      {open === 'revoke' && <RevokeDialog {...props} />}
      {open === 'restore' && <RestoreDialog {...props} />}
      {open === 'forget' && <ForgetDialog {...props} />}
    </>
  );
}

function RenameDialog({ device, onClose, onDone }: ActionProps) {
  const [name, setName] = useState(device.name ?? '');
  const rename = async () => {
    const path = `/api/admin/devices/${encodeURIComponent(device.deviceId)}`;
    await fetchJson(path, { method: 'PATCH', body: { name: name.trim() } });
    onDone();
  };
  return (
    <ConfirmDialog title="Rename this device" action="Rename" onConfirm={rename} onClose={onClose}>
      <TextField
        label="Name"
        value={name}
        onInput={setName}
        required
        maxLength={100}
        autofocus
        hint="For lists such as this one. From now on the device does not change it when it logs in."
      />
    </ConfirmDialog>
  );
}

function RevokeDialog(props: ActionProps) {
  const { device, onClose } = props;
  return (
    <ConfirmDialog
      title={`Revoke ${nameOf(device)}?`}
      action="Revoke"
      dangerous
      onConfirm={() => send(props, 'revoke')}
      onClose={onClose}
    >
      <p>
        It stops syncing within a second, its sessions end, and nobody can log in from it until you let it in again. The
        owner's other devices go on. From now on the account needs a code for each further device: make one on the page
        of the account.
      </p>
      <p>
        Who knows the password can still work online with it: where the tablet was stolen, reset the password as well.
      </p>
      <p>
        What it already holds stays on it: this does not delete anything from the tablet. Writes that it has not sent
        yet reach the server only if you let it in again.
      </p>
    </ConfirmDialog>
  );
}

function RestoreDialog(props: ActionProps) {
  const { device, onClose } = props;
  return (
    <ConfirmDialog
      title={`Let ${nameOf(device)} in again?`}
      action="Let in again"
      onConfirm={() => send(props, 'restore')}
      onClose={onClose}
    >
      <p>
        Its owner can log in from it again, with username and password. The sessions that were ended stay ended. After
        the login it sends what it wrote meanwhile, and pulls what it missed.
      </p>
    </ConfirmDialog>
  );
}

function ForgetDialog({ device, onClose }: ActionProps) {
  const { route } = useLocation();
  const forget = async () => {
    await fetchJson(`/api/admin/devices/${encodeURIComponent(device.deviceId)}`, { method: 'DELETE' });
    route('/admin/devices');
  };
  return (
    <ConfirmDialog title={`Forget ${nameOf(device)}?`} action="Forget" dangerous onConfirm={forget} onClose={onClose}>
      <p>
        Its entry and what is known of its syncing are gone for good; the audit log keeps what was done.
        {device.revokedAt === undefined
          ? ' A session that it has ends.'
          : ' Its account goes on needing a code for each further device. What the tablet wrote and has not sent can no longer reach the server from it.'}
      </p>
    </ConfirmDialog>
  );
}

function FreshReplicaDialog(props: ActionProps) {
  const { device, onClose } = props;
  const documents = device.totals?.documentsOut;
  return (
    <ConfirmDialog
      title={`Tell ${nameOf(device)} to make a fresh replica?`}
      action="Make a fresh replica"
      onConfirm={() => send(props, 'fresh-replica')}
      onClose={onClose}
    >
      <p>
        From now on the server takes the device to have nothing, and sends it everything again that it may see
        {documents === undefined ? '' : ` (so far it was sent ${formatCount(documents)} documents)`}. This takes time
        and data; a device that is offline does it when it comes back. What it wrote and has not sent yet is not lost.
      </p>
      <p>
        An app that knows of this order discards its local database first, and is right afterwards. Another one takes in
        the documents that it lost, but keeps what it still holds, even where that is damaged: then its data has to be
        cleared on the tablet itself.
      </p>
    </ConfirmDialog>
  );
}
