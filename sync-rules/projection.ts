/** Where one revision goes, and what it looks like there. Depends on the revision alone. */

import { DOCUMENT_TYPES, type DocumentType } from '../shared-schemas/document-types.ts';
import { CLINIC_ROLES } from '../shared-schemas/roles.ts';
import { abilityOfDatabase, readableCopy } from './ability.ts';
import type { RuleDocument, RuleRevision } from './document.ts';
import { clinicDatabase, patientDatabase, REFERENCE_DATABASE, type RoleDatabase } from './role-database.ts';

/** One revision in one role database. */
export interface Placement {
  readonly database: RoleDatabase;
  /** The body, whole or with fields left out; undefined for a tombstone. */
  readonly body?: RuleDocument;
  /** Of a tombstone: due in any case, as its author reads this database; else only where the database holds the document. */
  readonly isDue?: boolean;
}

/** The types that a role database can hold at all: those that someone who syncs it may read. */
export const typesOfDatabase = (database: RoleDatabase): readonly DocumentType[] =>
  DOCUMENT_TYPES.filter((type) => abilityOfDatabase(database).rulesFor('read', type).length > 0);

/** The role databases in whose scope the document is, or was, whatever the rules say of its type. */
export function scopeDatabases(document: RuleDocument): RoleDatabase[] {
  if (document.patientId === undefined) return [REFERENCE_DATABASE];
  const clinics = new Set([...(document.clinicIds ?? []), ...(document.formerClinicIds ?? [])]);
  const staff = [...clinics].flatMap((clinic) => CLINIC_ROLES.map((role) => clinicDatabase(role, clinic)));
  return [...staff, patientDatabase(document.patientId)];
}

/** The role databases that hold the document of this revision or may hold an earlier revision of it. */
export const candidateDatabases = (document: RuleDocument): RoleDatabase[] =>
  scopeDatabases(document).filter((database) => abilityOfDatabase(database).rulesFor('read', document.type).length > 0);

/** The body of a live document in a role database, or undefined where it is not to be seen there. */
export const project = (document: RuleDocument, database: RoleDatabase): RuleDocument | undefined =>
  readableCopy(abilityOfDatabase(database), document);

/** Which role databases hold the revision, and under which projection. A deletion is a tombstone wherever it goes. */
export function placement({ body, deleted }: RuleRevision): Placement[] {
  return candidateDatabases(body).map((database) => {
    const projected = deleted ? undefined : project(body, database);
    if (projected) return { database, body: projected };
    return { database, ...(body.withdrawnFrom?.includes(database.name) && { isDue: true }) };
  });
}

/** The names of the role databases in which a live document is visible: two revisions with the same are routed alike. */
export const visibleIn = (revision: RuleRevision): string[] =>
  placement(revision)
    .filter(({ body }) => body !== undefined)
    .map(({ database }) => database.name)
    .sort();

/** A change of this text means that role databases built under another must be rebuilt. */
export function projectionFingerprint(): string {
  const sample = (database: RoleDatabase) => abilityOfDatabase(database).rules;
  const databases = [
    ...CLINIC_ROLES.map((role) => clinicDatabase(role, 'x')),
    patientDatabase('x'),
    REFERENCE_DATABASE,
  ];
  return JSON.stringify([PROJECTION_VERSION, databases.map((database) => [database.name, sample(database)])]);
}

/** Raise it when the code of the projection changes what a role database holds without a change of the access table. */
const PROJECTION_VERSION = 1;
