/** What is said of role databases. */
import { CLINIC_ROLES } from '../../../../../shared-schemas/roles.ts';
import type { DifferenceKind } from '../../../../admin/role-databases/document-difference.ts';
import type { ListedRoleDatabase } from '../../../../admin/role-databases/role-database-list.ts';
import { roleName } from '../../roles.ts';
import type { Tone } from '../../ui/badge.tsx';

/** Who reads a role database, in the order in which it is chosen. */
export const READERS: readonly (readonly [ListedRoleDatabase['role'], string])[] = [
  ...CLINIC_ROLES.map((role) => [role, `${roleName(role)}s`] as const),
  ['patient', 'A patient'],
  ['reference', 'Everyone'],
];

export const readersOf = (role: ListedRoleDatabase['role']): string =>
  READERS.find(([one]) => one === role)?.[1] ?? role;

interface StateWords {
  readonly tone: Tone;
  readonly name: string;
  /** What it means for devices. */
  readonly meaning: string;
}

export function stateWords({ state, serves }: Pick<ListedRoleDatabase, 'state' | 'serves'>): StateWords {
  const meanwhile = serves
    ? 'Devices read the present one meanwhile.'
    : 'Devices are told to try again until its first build is complete.';
  if (state === 'building') return { tone: serves ? 'info' : 'attention', name: 'Being built', meaning: meanwhile };
  if (state === 'waiting')
    return { tone: serves ? 'info' : 'attention', name: 'Waits to be built', meaning: meanwhile };
  return { tone: 'ok', name: 'Serving', meaning: 'Devices read it.' };
}

export const DIFFERENCE_WORDS: Readonly<Record<DifferenceKind, string>> = {
  missing: 'Missing: it belongs here and is not shown',
  extra: 'Extra: it does not belong here and is shown',
  not_removed: 'Not removed: it should be a deletion by now',
  body: 'Looks different under the same revision',
  revisions: 'Other revisions than there should be',
};

/** The counter before CouchDB's opaque part, or before the mark of the embedded store. */
export const sequenceNumber = (updateSeq: string): string => updateSeq.split('-')[0] ?? updateSeq;

/** Of a build or a comparison: whole percent, never 100 before its end. */
export const percentOf = (done: number, total: number): number =>
  total === 0 ? 0 : Math.min(99, Math.floor((100 * done) / total));
