/** Creating, editing and deleting a clinic. */
import { useState } from 'preact/hooks';
import type { ClinicUsage } from '../../../../admin/devices/clinic-usage-route.ts';
import { fetchJson } from '../../api.ts';
import type { ClinicDocument } from '../../clinics.ts';
import { counted } from '../../format.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/fields.tsx';

interface DialogProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

interface Details {
  readonly name: string;
  readonly address: string;
  readonly phoneNumber: string;
}

const pathOf = ({ _id }: ClinicDocument): string => `/api/clinics/${encodeURIComponent(_id)}`;

function DetailFields({ details, onChange }: { readonly details: Details; readonly onChange: (to: Details) => void }) {
  const { name, address, phoneNumber } = details;
  return (
    <>
      <TextField
        label="Name"
        value={name}
        onInput={(value) => onChange({ ...details, name: value })}
        required
        maxLength={200}
        autofocus
      />
      <TextField
        label="Address"
        value={address}
        onInput={(value) => onChange({ ...details, address: value })}
        maxLength={500}
      />
      <TextField
        label="Telephone"
        value={phoneNumber}
        onInput={(value) => onChange({ ...details, phoneNumber: value })}
        maxLength={40}
      />
    </>
  );
}

export function CreateClinic({ onDone, onClose }: DialogProps) {
  const [slug, setSlug] = useState('');
  const [details, setDetails] = useState<Details>({ name: '', address: '', phoneNumber: '' });
  const create = async () => {
    const given = Object.fromEntries(Object.entries(trimmed(details)).filter(([, value]) => value !== ''));
    await fetchJson('/api/clinics', { method: 'POST', body: { slug: slug.trim(), ...given } });
    onDone();
  };
  return (
    <ConfirmDialog title="New clinic" action="Create" onConfirm={create} onClose={onClose}>
      <DetailFields details={details} onChange={setDetails} />
      <TextField
        label="Short name"
        value={slug}
        onInput={setSlug}
        required
        maxLength={40}
        hint="Lower-case letters, digits and hyphens. It names the clinic’s databases and cannot be changed."
      />
    </ConfirmDialog>
  );
}

export function EditClinic({ clinic, onDone, onClose }: DialogProps & { readonly clinic: ClinicDocument }) {
  const { name, address = '', phoneNumber = '' } = clinic;
  const [details, setDetails] = useState<Details>({ name, address, phoneNumber });
  const save = async () => {
    // Null takes a field away.
    const changes = Object.fromEntries(
      Object.entries(trimmed(details)).map(([field, value]) => [field, value || null]),
    );
    await fetchJson(pathOf(clinic), { method: 'PATCH', body: changes, headers: { 'If-Match': `"${clinic._rev}"` } });
    onDone();
  };
  return (
    <ConfirmDialog title={`Edit ${clinic.name}`} action="Save" onConfirm={save} onClose={onClose}>
      <DetailFields details={details} onChange={setDetails} />
    </ConfirmDialog>
  );
}

interface DeleteProps extends DialogProps {
  readonly clinic: ClinicDocument;
  readonly usage: ClinicUsage | undefined;
}

export function DeleteClinic({ clinic, usage, onDone, onClose }: DeleteProps) {
  const remove = async () => {
    await fetchJson(pathOf(clinic), { method: 'DELETE', headers: { 'If-Match': `"${clinic._rev}"` } });
    onDone();
  };
  return (
    <ConfirmDialog title={`Delete ${clinic.name}?`} action="Delete" dangerous onConfirm={remove} onClose={onClose}>
      <p>
        The clinic disappears from all lists and tablets. Its short name, {clinic.slug}, stands in earlier documents and
        stays there.
      </p>
      <p>
        It is refused as long as patients are in the care of this clinic: refer them to another one first, by giving
        them its short name in “clinicIds”.
      </p>
      {usage && usage.accounts + usage.devices > 0 && (
        <p>
          {counted(usage.accounts, 'account')} may still log in for it, and {counted(usage.devices, 'device')} last did.
          Change those accounts first: they would sync an empty clinic.
        </p>
      )}
    </ConfirmDialog>
  );
}

const trimmed = ({ name, address, phoneNumber }: Details): Details => ({
  name: name.trim(),
  address: address.trim(),
  phoneNumber: phoneNumber.trim(),
});
