/**
 * Names of the databases that role databases are kept in: `<prefix>-<name>-e<build>`. A build is named after the version of the
 * rules it was made under (its epoch); where one is made anew under the same rules, `r2`, `r3` and so on follow.
 */
import { createHash } from 'node:crypto';
import { parseRoleDatabase, type RoleDatabase } from '../../../sync-rules/role-database.ts';

const EPOCH_LENGTH = 8;
const PHYSICAL_NAME = /^(.+)-e([0-9a-f]{8}(?:r[1-9][0-9]*)?)$/;

export interface PhysicalName {
  readonly database: RoleDatabase;
  readonly build: string;
}

/** Short name of a version of the rules. */
export const epochOf = (fingerprint: string): string =>
  createHash('sha256').update(fingerprint).digest('hex').slice(0, EPOCH_LENGTH);

/** The epoch that a build was made under. */
export const epochOfBuild = (build: string): string => build.slice(0, EPOCH_LENGTH);

/** The build under `epoch` that follows those that are named: never one that devices may have read before. */
export function nextBuild(epoch: string, earlier: readonly (string | undefined)[]): string {
  const numbers = earlier.flatMap((build) => (build && epochOfBuild(build) === epoch ? [numberOf(build)] : []));
  const next = Math.max(0, ...numbers) + 1;
  return next === 1 ? epoch : `${epoch}r${next}`;
}

export const physicalName = (prefix: string, name: string, build: string): string => `${prefix}-${name}-e${build}`;

/** What a database is a build of, or undefined where it is not one of a role database. */
export function parsePhysicalName(prefix: string, physical: string): PhysicalName | undefined {
  const [, named = '', build = ''] = PHYSICAL_NAME.exec(physical) ?? [];
  if (!named.startsWith(`${prefix}-`)) return undefined;
  const database = parseRoleDatabase(named.slice(prefix.length + 1));
  return database && { database, build };
}

const numberOf = (build: string): number => Number(build.slice(EPOCH_LENGTH + 1)) || 1;
