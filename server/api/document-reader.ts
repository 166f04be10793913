/** What a principal may read over REST: exactly what is in the role database that it syncs. */
import { type DocumentType, isReferenceType } from '../../shared-schemas/document-types.ts';
import { parseId } from '../../shared-schemas/ids.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import { databasesOfPrincipal } from '../../sync-rules/role-database.ts';
import type { SyncRules } from '../../sync-rules/sync-rules.ts';
import type { RoleDatabases } from '../projector/role-databases.ts';
import { winnerOf } from '../revisions.ts';
import type { Database } from '../store/store.ts';
import { asDocument } from '../write/document-policy.ts';

/** A document as REST shows it: as a device would hold it, with `_id` and `_rev`. */
export type ApiDocument = Readonly<Record<string, unknown>> & { readonly _id: string; readonly _rev: string };

export interface ListRequest {
  readonly type: DocumentType;
  readonly patientId?: string | undefined;
  readonly limit: number;
  /** The last id of the page before. */
  readonly after?: string | undefined;
}

export interface ApiPage {
  readonly items: readonly ApiDocument[];
  /** Where the next page begins; absent on the last one. */
  readonly nextCursor?: string;
}

const SCAN = 500;

export interface DocumentReaderOptions {
  readonly primary: Database;
  readonly roleDatabases: RoleDatabases;
  readonly rules: SyncRules;
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
    const winner = source && winnerOf((await source.leaves([id])).get(id) ?? []);
    return winner && !winner.deleted ? this.#copy(principal, winner) : undefined;
  }

  /** In the order of the ids. */
  async list(principal: Principal, { type, patientId, limit, after }: ListRequest): Promise<ApiPage> {
    const source = await this.#source(principal, type);
    if (!source) return { items: [] };
    const items: ApiDocument[] = [];
    const partition = patientId ?? (isReferenceType(type) ? type : undefined);
    const endKey = partition === undefined ? undefined : `${partition}:\ufff0`;
    let startKey = after === undefined ? (partition === undefined ? undefined : `${partition}:`) : `${after}\u0000`;
    for (;;) {
      const rows = await source.range({
        ...(startKey !== undefined && { startKey }),
        ...(endKey !== undefined && { endKey }),
        limit: SCAN,
      });
      const found = rows.filter(({ id }) => parseId(id)?.type === type);
      items.push(...found.flatMap((row) => this.#copy(principal, row) ?? []));
      if (items.length > limit) break;
      const last = rows.at(-1)?.id;
      if (rows.length < SCAN || last === undefined) break;
      startKey = `${last}\u0000`;
    }
    const page = items.slice(0, limit);
    const last = page.at(-1);
    return { items: page, ...(items.length > limit && last && { nextCursor: last._id }) };
  }

  #copy(
    principal: Principal,
    row: { readonly id: string; readonly rev: string; readonly body: Readonly<Record<string, unknown>> },
  ): ApiDocument | undefined {
    const readable = this.#options.rules.readableCopy(principal, asDocument(row.id, row.body));
    return readable && { ...readable, _id: row.id, _rev: row.rev };
  }

  /** An administrator sees everything, which is the primary. */
  async #source(principal: Principal, type: DocumentType): Promise<Database | undefined> {
    if (principal.role === 'admin') return this.#options.primary;
    const own = databasesOfPrincipal(principal).find(({ role }) => (role === 'reference') === isReferenceType(type));
    return own && (await this.#options.roleDatabases.serving(own.name));
  }
}
