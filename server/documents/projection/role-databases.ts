/**
 * Which role databases there are, and which physical database serves each. A role database that is built anew, as the rules
 * changed or as an administrator asked for it, is built beside the one that serves; while it is, both are kept up to date.
 */
import { parseRoleDatabase, type RoleDatabase } from '../../../sync-rules/role-database.ts';
import { DocumentTable } from '../../store/document-table.ts';
import type { Database, RangeRow, Store } from '../../store/store.ts';
import { epochOfBuild, nextBuild, parsePhysicalName, physicalName } from './physical-name.ts';

export interface RoleDatabaseState {
  readonly database: RoleDatabase;
  /** The build that devices read; undefined until the first is complete. */
  readonly serving: string | undefined;
  /** The build under construction. */
  readonly building: string | undefined;
}

interface Entry {
  state: RoleDatabaseState;
  serving?: Database;
  building?: Database;
}

/** As it is stored. */
interface RegistryEntry {
  readonly serving: string | null;
  readonly building: string | null;
}

const PREFIX = 'roledb:';

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
  readonly #table: DocumentTable<RegistryEntry>;
  #changes = 0;

  private constructor(options: RoleDatabasesOptions) {
    this.#options = options;
    this.#table = new DocumentTable(options.registry, PREFIX);
  }

  /** Reads the registry; what it lists is opened when it is first used. */
  static async load(options: RoleDatabasesOptions): Promise<RoleDatabases> {
    const databases = new RoleDatabases(options);
    await databases.reload();
    return databases;
  }

  /** Takes in what another server registered or switched. */
  reload(): Promise<void> {
    return this.#takeIn(async () => {
      const all: RangeRow[] = [];
      for await (const rows of this.#options.registry.walk({ prefix: PREFIX })) all.push(...rows);
      return all;
    });
  }

  /** As `reload`, of these documents of the registry. */
  reread(ids: readonly string[]): Promise<void> {
    return this.#takeIn(() => this.#options.registry.winners(ids.filter((id) => id.startsWith(PREFIX))));
  }

  async #takeIn(read: () => Promise<readonly (RangeRow | undefined)[]>): Promise<void> {
    const changes = this.#changes;
    const rows = await read();
    // What was read may be older than what this server wrote meanwhile.
    if (changes !== this.#changes) return this.#takeIn(read);
    for (const row of rows) {
      const database = row && parseRoleDatabase(row.id.slice(PREFIX.length));
      if (database) this.#take(stateOf(database, row.body as unknown as RegistryEntry));
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

  /** Whether devices read a build made under the current rules. */
  isCurrent({ serving }: RoleDatabaseState): boolean {
    return serving !== undefined && epochOfBuild(serving) === this.epoch;
  }

  /** Whether a build under the current rules is to be made, or to be finished. */
  isBuilding({ building }: RoleDatabaseState): boolean {
    return building !== undefined && epochOfBuild(building) === this.epoch;
  }

  /** The database that devices read, or undefined where there is none or its first build is not complete. */
  async serving(name: string): Promise<Database | undefined> {
    const entry = this.#entries.get(name);
    if (!entry?.state.serving) return undefined;
    entry.serving ??= await this.#open(name, entry.state.serving);
    return entry.serving;
  }

  /** The name of the database that devices read, without opening it. */
  servingName(name: string): string | undefined {
    const serving = this.#entries.get(name)?.state.serving;
    return serving === undefined ? undefined : this.#physical(name, serving);
  }

  /** The name of the role database that a physical database serves; undefined for any other database. */
  nameOf(physical: string): string | undefined {
    const name = parsePhysicalName(this.#options.prefix, physical)?.database.name;
    return name !== undefined && this.servingName(name) === physical ? name : undefined;
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
    await this.#update(database, (state) =>
      state.serving || state.building ? state : { ...state, building: this.epoch },
    );
  }

  /** Starts a build beside the database that serves, under the current epoch. */
  async beginBuild(name: string): Promise<void> {
    const { database, building } = this.#existing(name).state;
    if (building && epochOfBuild(building) !== this.epoch)
      await this.#options.store.destroy(this.#physical(name, building));
    await this.#update(database, (state) => (this.isBuilding(state) ? state : { ...state, building: this.epoch }));
  }

  /** Asks for the same once more under the same rules. One that is being built already is finished instead. */
  async beginRebuild(name: string): Promise<void> {
    const { database } = this.#existing(name).state;
    await this.#update(database, (state) =>
      state.building ? state : { ...state, building: nextBuild(this.epoch, [state.serving]) },
    );
  }

  /** Lets devices read what was built. The database that served is removed at the next start: it may still be read. */
  async completeBuild(name: string): Promise<void> {
    const { database, building } = this.#existing(name).state;
    if (!building) return;
    await this.#update(database, (state) =>
      // Another server that built the same may have been quicker, and something else may be under construction since.
      state.building === building ? { ...state, serving: building, building: undefined } : state,
    );
  }

  /** Removes databases that no longer serve. */
  async removeUnused(): Promise<void> {
    const there = await this.#options.store.list();
    // Another server registers a build before it creates its database: whatever is in use of what was there is listed now.
    await this.reload();
    const used = new Set(
      this.list().flatMap(({ database, serving, building }) =>
        [serving, building].flatMap((build) => (build ? [this.#physical(database.name, build)] : [])),
      ),
    );
    for (const name of there) {
      if (parsePhysicalName(this.#options.prefix, name) && !used.has(name)) await this.#options.store.destroy(name);
    }
  }

  /** `listener` is called when devices of a role database have to read another physical database from now on. */
  onSwitch(listener: (name: string) => void): () => void {
    this.#switchListeners.add(listener);
    return () => this.#switchListeners.delete(listener);
  }

  #existing(name: string): Entry {
    const entry = this.#entries.get(name);
    if (!entry) throw new RangeError(`there is no role database ${name}`);
    return entry;
  }

  #physical(name: string, build: string): string {
    return physicalName(this.#options.prefix, name, build);
  }

  #open(name: string, build: string): Promise<Database> {
    return this.#options.store.open(this.#physical(name, build));
  }

  #take(state: RoleDatabaseState): void {
    const known = this.#entries.get(state.database.name)?.state;
    if (known && known.serving === state.serving && known.building === state.building) return;
    this.#entries.set(state.database.name, { state });
    if (!state.serving || known?.serving === state.serving) return;
    for (const listener of this.#switchListeners) listener(state.database.name);
  }

  /** Changes the registry as it stands, not as this server last read it: another one may have changed it since. */
  async #update(database: RoleDatabase, change: (state: RoleDatabaseState) => RoleDatabaseState): Promise<void> {
    const entry = await this.#table.update(database.name, (known) => {
      const before = stateOf(database, known);
      const state = change(before);
      return state === before ? known : { serving: state.serving ?? null, building: state.building ?? null };
    });
    this.#changes++;
    this.#take(stateOf(database, entry));
  }
}

const stateOf = (database: RoleDatabase, entry: RegistryEntry | undefined): RoleDatabaseState => ({
  database,
  serving: entry?.serving ?? undefined,
  building: entry?.building ?? undefined,
});
