/**
 * Which role databases there are, and which physical database serves each. A role database built under other rules is
 * rebuilt beside the one that serves; while it is, both are kept up to date.
 */
import { createHash } from 'node:crypto';
import { parseRoleDatabase, type RoleDatabase } from '../../sync-rules/role-database.ts';
import { childRevision, winnerOf } from '../revisions.ts';
import type { Database, Store } from '../store/store.ts';

/** Short name of a version of the rules, part of the names of the databases built under it. */
export const epochOf = (fingerprint: string): string =>
  createHash('sha256').update(fingerprint).digest('hex').slice(0, 8);

export interface RoleDatabaseState {
  readonly database: RoleDatabase;
  /** The epoch that devices read; undefined until the first build is complete. */
  readonly serving: string | undefined;
  /** The epoch being built. */
  readonly building: string | undefined;
}

interface Entry {
  state: RoleDatabaseState;
  serving?: Database;
  building?: Database;
}

const idOf = (name: string): string => `roledb:${name}`;

export interface RoleDatabasesOptions {
  readonly store: Store;
  /** Where the registry is kept. */
  readonly registry: Database;
  readonly prefix: string;
  readonly epoch: string;
}

export class RoleDatabases {
  readonly #options: RoleDatabasesOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #switchListeners = new Set<(name: string) => void>();

  private constructor(options: RoleDatabasesOptions) {
    this.#options = options;
  }

  /** Reads the registry; what it lists is opened when it is first used. */
  static async load(options: RoleDatabasesOptions): Promise<RoleDatabases> {
    const databases = new RoleDatabases(options);
    await databases.reload();
    return databases;
  }

  /** Takes in what another server registered or switched. */
  async reload(): Promise<void> {
    const rows = await this.#options.registry.range({ startKey: 'roledb:', endKey: 'roledb:\ufff0', limit: 1_000_000 });
    for (const { id, body } of rows) {
      const database = parseRoleDatabase(id.slice('roledb:'.length));
      if (!database) continue;
      const serving = typeof body.serving === 'string' ? body.serving : undefined;
      const building = typeof body.building === 'string' ? body.building : undefined;
      const known = this.#entries.get(database.name)?.state;
      if (known && known.serving === serving && known.building === building) continue;
      this.#entries.set(database.name, { state: { database, serving, building } });
      if (known && known.serving !== serving) this.#announce(database.name);
    }
  }

  get epoch(): string {
    return this.#options.epoch;
  }

  list(): RoleDatabaseState[] {
    return [...this.#entries.values()].map(({ state }) => state);
  }

  get(name: string): RoleDatabaseState | undefined {
    return this.#entries.get(name)?.state;
  }

  /** The database that devices read, or undefined where there is none or its first build is not complete. */
  async serving(name: string): Promise<Database | undefined> {
    const entry = this.#entries.get(name);
    if (!entry?.state.serving) return undefined;
    entry.serving ??= await this.#open(name, entry.state.serving);
    return entry.serving;
  }

  /** The database under construction, where there is one. */
  async building(name: string): Promise<Database | undefined> {
    const entry = this.#entries.get(name);
    if (!entry?.state.building) return undefined;
    entry.building ??= await this.#open(name, entry.state.building);
    return entry.building;
  }

  /** All databases that the projection writes: the one that serves and the one that is built. */
  async targets(name: string): Promise<Database[]> {
    const [serving, building] = [await this.serving(name), await this.building(name)];
    return [serving, building].filter((database) => database !== undefined);
  }

  /** Registers a role database to be built. Does nothing where it is registered. */
  async register(database: RoleDatabase): Promise<void> {
    if (this.#entries.has(database.name)) return;
    await this.#save({ database, serving: undefined, building: this.epoch });
  }

  /** Starts a build beside the database that serves, under the current epoch. */
  async beginBuild(name: string): Promise<void> {
    const state = this.#existing(name).state;
    if (state.building && state.building !== this.epoch)
      await this.#options.store.destroy(this.#physical(name, state.building));
    if (state.building !== this.epoch) await this.#save({ ...state, building: this.epoch });
  }

  /** Lets devices read what was built. The database that served is removed at the next start: it may still be read. */
  async completeBuild(name: string): Promise<void> {
    const { state } = this.#existing(name);
    if (!state.building) return;
    await this.#save({ database: state.database, serving: state.building, building: undefined });
    this.#announce(name);
  }

  /** Removes databases that no longer serve. */
  async removeUnused(): Promise<void> {
    const used = new Set(
      this.list().flatMap(({ database, serving, building }) =>
        [serving, building].flatMap((epoch) => (epoch ? [this.#physical(database.name, epoch)] : [])),
      ),
    );
    for (const name of await this.#options.store.list()) {
      if (this.#isRoleDatabase(name) && !used.has(name)) await this.#options.store.destroy(name);
    }
  }

  #isRoleDatabase(physical: string): boolean {
    const match = /^(.+)-e[0-9a-f]{8}$/.exec(physical)?.[1];
    const prefix = `${this.#options.prefix}-`;
    return match?.startsWith(prefix) === true && parseRoleDatabase(match.slice(prefix.length)) !== undefined;
  }

  /** `listener` is called when devices of a role database have to read another physical database from now on. */
  onSwitch(listener: (name: string) => void): () => void {
    this.#switchListeners.add(listener);
    return () => this.#switchListeners.delete(listener);
  }

  #announce(name: string): void {
    for (const listener of this.#switchListeners) listener(name);
  }

  #existing(name: string): Entry {
    const entry = this.#entries.get(name);
    if (!entry) throw new RangeError(`there is no role database ${name}`);
    return entry;
  }

  #physical(name: string, epoch: string): string {
    return `${this.#options.prefix}-${name}-e${epoch}`;
  }

  #open(name: string, epoch: string): Promise<Database> {
    return this.#options.store.open(this.#physical(name, epoch));
  }

  async #save(state: RoleDatabaseState): Promise<void> {
    const id = idOf(state.database.name);
    const body = { serving: state.serving ?? null, building: state.building ?? null };
    const leaves = (await this.#options.registry.leaves([id])).get(id) ?? [];
    await this.#options.registry.write([childRevision(winnerOf(leaves), id, body)]);
    this.#entries.set(state.database.name, { state });
  }
}
