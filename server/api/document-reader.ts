/** What a principal may read over REST: exactly what is in the role database that it syncs. */
import { type DocumentType, isReferenceType } from '../../shared-schemas/document-types.ts';
import { parseId } from '../../shared-schemas/ids.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import { databasesOfPrincipal, type RoleDatabase } from '../../sync-rules/role-database.ts';
import type { SyncRules } from '../../sync-rules/sync-rules.ts';
import type { RoleDatabases } from '../documents/projection/role-databases.ts';
import { asDocument } from '../documents/write/document-policy.ts';
import type { Database, RangeRow } from '../store/store.ts';
import type { ListIndexes } from './lists/list-index.ts';
import type { ListQuery, TimelineQuery } from './lists/list-query.ts';

/** A document as REST shows it: as a device would hold it, with `_id` and `_rev`. */
export type ApiDocument = Readonly<Record<string, unknown>> & { readonly _id: string; readonly _rev: string };

export interface Page {
  readonly items: readonly ApiDocument[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
  /** How many there are in all, where that is known without counting. */
  readonly total?: number;
}

export interface DocumentReaderOptions {
  readonly primary: Database;
  readonly roleDatabases: Pick<RoleDatabases, 'serving'>;
  readonly rules: Pick<SyncRules, 'readableCopy' | 'readsMoreThan'>;
  readonly lists: Pick<ListIndexes, 'query'>;
}

/** Where a principal reads documents of a type. */
interface Source {
  readonly database: Database;
  /** Undefined for an administrator, who reads the primary. */
  readonly role?: RoleDatabase;
}

export class DocumentReader {
  readonly #options: DocumentReaderOptions;

  constructor(options: DocumentReaderOptions) {
    this.#options = options;
  }

  /** The document, or undefined where there is none that the principal may know of. */
  async get(principal: Principal, id: string): Promise<ApiDocument | undefined> {
    const type = parseId(id)?.type;
    const source = type && (await this.#source(principal, type));
    return source && (await this.#copies(principal, source, [id]))[0];
  }

  /** A page of a list, in the order of the list. */
  async list(principal: Principal, query: ListQuery): Promise<Page> {
    return this.#page(principal, await this.#source(principal, query.type), query);
  }

  /** Everything about a patient, the newest first. */
  async timeline(principal: Principal, query: TimelineQuery): Promise<Page> {
    return this.#page(principal, await this.#source(principal, 'patient'), query);
  }

  /** All documents of a patient that the principal may read, in the order of their ids. */
  async *allOfPatient(principal: Principal, patientId: string): AsyncGenerator<ApiDocument> {
    const source = await this.#source(principal, 'patient');
    if (!source) return;
    for await (const rows of source.database.walk({ prefix: `${patientId}:` }))
      for (const row of rows) yield* present(this.#copy(principal, row));
  }

  /** Rows that fall away, because they changed since or may not be read, are made up for: a short page would look like the end. */
  async #page(principal: Principal, source: Source | undefined, query: ListQuery | TimelineQuery): Promise<Page> {
    if (!source) return { items: [] };
    const items: ApiDocument[] = [];
    let { after } = query;
    for (;;) {
      const slice = await this.#options.lists.query(source.database, {
        ...query,
        ...(after !== undefined && { after }),
        limit: query.limit - items.length,
      });
      const ids = slice.entries.map(({ id }) => id);
      items.push(...(await this.#copies(principal, source, ids)).flatMap(present));
      after = slice.entries.at(-1)?.position ?? after;
      if (!slice.more || items.length >= query.limit) {
        return {
          items,
          ...(slice.more && after !== undefined && { next: after }),
          ...(slice.total !== undefined && { total: slice.total }),
        };
      }
    }
  }

  async #copies(
    principal: Principal,
    { database, role }: Source,
    ids: readonly string[],
  ): Promise<(ApiDocument | undefined)[]> {
    const rows = await database.winners(ids);
    // What is seen of a patient's document depends on the role and the place alone.
    const fuller = role?.role === 'reference' ? await this.#fullerRows(principal, role, rows) : undefined;
    return rows.map((row) => row && this.#copy(principal, fuller?.get(row.id) ?? row));
  }

  /** A role database shows what all who read it may see; where one of them may see more (their own entry), the primary has it. */
  async #fullerRows(
    principal: Principal,
    role: RoleDatabase,
    rows: readonly (RangeRow | undefined)[],
  ): Promise<ReadonlyMap<string, RangeRow>> {
    const { rules, primary } = this.#options;
    const ids = rows.flatMap((row) =>
      row && rules.readsMoreThan(principal, asDocument(row.id, row.body), role) ? [row.id] : [],
    );
    if (ids.length === 0) return new Map();
    const found = await primary.winners(ids);
    return new Map(found.flatMap((row) => (row ? [[row.id, row]] : [])));
  }

  #copy(principal: Principal, row: RangeRow): ApiDocument | undefined {
    const readable = this.#options.rules.readableCopy(principal, asDocument(row.id, row.body));
    return readable && { ...readable, _id: row.id, _rev: row.rev };
  }

  async #source(principal: Principal, type: DocumentType): Promise<Source | undefined> {
    if (principal.role === 'admin') return { database: this.#options.primary };
    const role = databasesOfPrincipal(principal).find((one) => (one.role === 'reference') === isReferenceType(type));
    const database = role && (await this.#options.roleDatabases.serving(role.name));
    return role && database && { database, role };
  }
}

const present = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);
