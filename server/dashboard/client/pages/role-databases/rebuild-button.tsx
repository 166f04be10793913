/** Building a role database anew. */
import { useState } from 'preact/hooks';
import type { ListedRoleDatabase } from '../../../../admin/role-databases/role-database-list.ts';
import { fetchJson } from '../../api.ts';
import { counted } from '../../format.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';

const LABELS: Readonly<Record<ListedRoleDatabase['state'], string>> = {
  serving: 'Rebuild…',
  building: 'Being built',
  waiting: 'Waits to be built',
};

interface RebuildButtonProps {
  readonly database: ListedRoleDatabase;
  readonly onDone: () => void;
}

export function RebuildButton({ database: { name, state, devices }, onDone }: RebuildButtonProps) {
  const [isAsking, setAsking] = useState(false);
  const rebuild = async () => {
    await fetchJson(`/api/admin/role-databases/${encodeURIComponent(name)}/rebuild`, { method: 'POST' });
    onDone();
  };
  return (
    <>
      <button type="button" class="button" disabled={state !== 'serving'} onClick={() => setAsking(true)}>
        {LABELS[state]}
      </button>
      {isAsking && (
        <ConfirmDialog title={`Rebuild ${name}?`} action="Rebuild" onConfirm={rebuild} onClose={() => setAsking(false)}>
          <p>
            It is built anew from the primary, beside the one that devices read. Nobody is interrupted until it is
            complete; builds run one after the other.
          </p>
          <p>
            Then {devices === 0 ? 'devices that sync it' : counted(devices, 'device')} will read it from its beginning,
            which costs each a look at every document of it. What they hold and what they have not sent yet is not lost,
            and documents that were damaged get a new revision.
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}
