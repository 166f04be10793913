/** Which documents a feed lists at all, as far as their ids tell. */
import type { DocumentType } from '../../shared-schemas/document-types.ts';
import { parseId } from '../../shared-schemas/ids.ts';
import type { Principal } from '../../sync-rules/principal.ts';

export function showsId(
  { role, patientId }: Pick<Principal, 'role' | 'patientId'>,
  types: readonly DocumentType[],
  id: string,
): boolean {
  const parsed = parseId(id);
  if (!parsed || !types.includes(parsed.type)) return false;
  return role !== 'patient' || parsed.patientId === undefined || parsed.patientId === patientId;
}
