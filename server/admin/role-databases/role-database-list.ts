/** Role databases with what is known of each: filtered, in order, a page at a time. Everything comes from memory. */

import type { RoleDatabase } from '../../../sync-rules/role-database.ts';
import type { BuildProgress, Rebuild } from '../../documents/projection/rebuild.ts';
import type { RoleDatabaseState, RoleDatabases } from '../../documents/projection/role-databases.ts';
import { foldText } from '../../lib/search-text.ts';
import type { DeviceActivity } from '../monitoring/device-activity.ts';
import type { RoleDatabaseFacts } from '../monitoring/role-database-facts.ts';

export const ROLE_DATABASE_STATES = ['serving', 'building', 'waiting'] as const;
export const ROLE_DATABASE_SORTS = [
  'name',
  '-name',
  'documents',
  '-documents',
  'bytes',
  '-bytes',
  'devices',
  '-devices',
] as const;
type Sort = (typeof ROLE_DATABASE_SORTS)[number];

export interface RoleDatabaseListRequest {
  readonly limit: number;
  readonly sort: Sort;
  /** The position of the last one of the page before. */
  readonly after?: string | undefined;
  readonly role?: string | undefined;
  readonly clinic?: string | undefined;
  readonly state?: string | undefined;
  /** Part of the name. */
  readonly q?: string | undefined;
}

export interface ListedRoleDatabase {
  readonly name: string;
  readonly role: RoleDatabase['role'];
  /** A clinic's slug, a patient's id, or `all`. */
  readonly scope: string;
  /** `building`: a build is under way; `waiting`: one is to come. `serving` where neither is. */
  readonly state: (typeof ROLE_DATABASE_STATES)[number];
  /** Whether devices can read it: also while another build of it is made. */
  readonly serves: boolean;
  /** The build that devices read, and the one that is made. */
  readonly build?: string;
  readonly nextBuild?: string;
  readonly progress?: { readonly done: number; readonly total: number };
  readonly facts?: Omit<RoleDatabaseFacts, 'name'>;
  /** Devices that ever synced it. */
  readonly devices: number;
  /** Of them, those that have a live feed open. */
  readonly connectedDevices: number;
}

export interface RoleDatabasePage {
  readonly items: readonly ListedRoleDatabase[];
  readonly total: number;
  readonly next?: string;
}

export interface RoleDatabaseListOptions {
  readonly roleDatabases: Pick<RoleDatabases, 'list' | 'get'>;
  readonly rebuild: Pick<Rebuild, 'keptProgress'>;
  readonly facts: { of(name: string): RoleDatabaseFacts | undefined };
  readonly activity: Pick<DeviceActivity, 'list'>;
}

export async function listRoleDatabases(
  options: RoleDatabaseListOptions,
  request: RoleDatabaseListRequest,
): Promise<RoleDatabasePage> {
  const describe = await describer(options);
  const descending = request.sort.startsWith('-');
  const found = options.roleDatabases
    .list()
    .map(describe)
    .filter((one) => matches(one, request))
    .map((one) => ({ one, position: positionOf(one, request.sort) }))
    .sort((a, b) => (a.position < b.position ? -1 : 1) * (descending ? -1 : 1));
  const { after } = request;
  const rest =
    after === undefined ? found : found.filter(({ position }) => (descending ? position < after : position > after));
  const page = rest.slice(0, request.limit);
  const next = rest.length > page.length ? page.at(-1)?.position : undefined;
  return { items: page.map(({ one }) => one), total: found.length, ...(next !== undefined && { next }) };
}

export async function readRoleDatabase(
  options: RoleDatabaseListOptions,
  name: string,
): Promise<ListedRoleDatabase | undefined> {
  const state = options.roleDatabases.get(name);
  return state && (await describer(options))(state);
}

interface Syncing {
  devices: number;
  connected: number;
}

async function describer({ rebuild, facts, activity }: RoleDatabaseListOptions) {
  const progress = await rebuild.keptProgress();
  const syncing = new Map<string, Syncing>();
  for (const { databases, connected } of await activity.list()) {
    for (const name of Object.keys(databases)) {
      const count = syncing.get(name) ?? { devices: 0, connected: 0 };
      count.devices++;
      if (connected) count.connected++;
      syncing.set(name, count);
    }
  }
  const built = new Set(progress?.databases);
  return (state: RoleDatabaseState): ListedRoleDatabase =>
    described(state, {
      progress: built.has(state.database.name) ? progress : undefined,
      facts: facts.of(state.database.name),
      syncing: syncing.get(state.database.name),
    });
}

interface Known {
  readonly progress: BuildProgress | undefined;
  readonly facts: RoleDatabaseFacts | undefined;
  readonly syncing: Syncing | undefined;
}

function described({ database, serving, building }: RoleDatabaseState, known: Known): ListedRoleDatabase {
  const { name: _, ...facts } = known.facts ?? { name: undefined };
  const { progress } = known;
  return {
    ...database,
    state: building === undefined ? 'serving' : progress ? 'building' : 'waiting',
    serves: serving !== undefined,
    ...(serving !== undefined && { build: serving }),
    ...(building !== undefined && { nextBuild: building }),
    ...(building !== undefined && progress && { progress: { done: progress.done, total: progress.total } }),
    ...('readAt' in facts && { facts }),
    devices: known.syncing?.devices ?? 0,
    connectedDevices: known.syncing?.connected ?? 0,
  };
}

function matches(one: ListedRoleDatabase, { role, clinic, state, q }: RoleDatabaseListRequest): boolean {
  return (
    (role === undefined || one.role === role) &&
    (clinic === undefined || (one.scope === clinic && one.role !== 'patient' && one.role !== 'reference')) &&
    (state === undefined || one.state === state) &&
    (q === undefined || foldText(one.name).includes(foldText(q)))
  );
}

const DIGITS = 16;

/** Sorts them, and tells apart those that sort alike. */
function positionOf(one: ListedRoleDatabase, sort: Sort): string {
  const field = sort.replace(/^-/, '');
  if (field === 'name') return one.name;
  const number = field === 'devices' ? one.devices : field === 'bytes' ? one.facts?.bytes : one.facts?.documents;
  return `${number === undefined ? '' : String(number).padStart(DIGITS, '0')}\u0000${one.name}`;
}
