/** What an account is for: its role, and the clinics or the patient that go with it. */
import { type Role, roleFacts } from '../../../../../shared-schemas/roles.ts';
import type { ClinicDocument } from '../../clinics.ts';
import { hasClinics, ROLE_OPTIONS } from '../../roles.ts';
import { Select, TextField } from '../../ui/fields.tsx';
import { ClinicChoice } from './clinic-choice.tsx';

export interface Scope {
  readonly role: Role;
  readonly clinicIds: readonly string[];
  readonly patientId: string;
}

interface ScopeFieldsProps {
  readonly scope: Scope;
  readonly clinics: readonly ClinicDocument[];
  readonly onChange: (scope: Scope) => void;
}

export function ScopeFields({ scope, clinics, onChange }: ScopeFieldsProps) {
  const { role, clinicIds, patientId } = scope;
  return (
    <>
      <Select
        label="Role"
        value={role}
        onChange={(value) => onChange({ ...scope, role: value as Role })}
        options={ROLE_OPTIONS}
        hint={roleFacts(role).summary}
      />
      {hasClinics(role) && (
        <ClinicChoice
          clinics={clinics}
          chosen={clinicIds}
          onChange={(slugs) => onChange({ ...scope, clinicIds: slugs })}
        />
      )}
      {role === 'patient' && (
        <TextField
          label="Patient id"
          value={patientId}
          onInput={(value) => onChange({ ...scope, patientId: value.trim() })}
          required
          hint="Begins with p; it stands in each of the patient’s documents."
        />
      )}
    </>
  );
}

/** As the API takes it: fields that do not go with the role are left out. */
export const scopeBody = ({ role, clinicIds, patientId }: Scope) => ({
  role,
  clinicIds: hasClinics(role) ? clinicIds : [],
  ...(role === 'patient' && { patientId }),
});
