/** What can be done about a device; each says what will happen before it does. */
import { useState } from 'preact/hooks';
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

type Action = 'rename' | 'fresh-replica' | 'revoke' | 'restore';

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
      {open === 'rename' && <RenameDialog {...props} />}
      {open === 'fresh-replica' && <FreshReplicaDialog {...props} />}
      {open === 'revoke' && <RevokeDialog {...props} />}
      {open === 'restore' && <RestoreDialog {...props} />}
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
        It stops syncing within a second, its sessions end, and nobody can log in from it until you let it in again. Its
        owner can go on with another device.
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
