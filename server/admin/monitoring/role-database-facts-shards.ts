/**
 * Where the facts of role databases are kept: local documents, which leave no revisions behind, a part of them in each, so that
 * only what changed is written. Servers that share the store write the same ones: each read the same facts.
 */
import type { Database } from '../../store/store.ts';
import { shardOf as fineShardOf } from './activity-shards.ts';
import type { RoleDatabaseFacts } from './role-database-facts.ts';

const SHARDS = 16;

export interface KeptFacts {
  readonly facts: RoleDatabaseFacts;
  /** The physical database that they are of. */
  readonly source: string;
}

export class FactShards {
  readonly #database: Pick<Database, 'getLocal' | 'putLocal'>;
  readonly #dirty = new Set<number>();

  constructor(database: Pick<Database, 'getLocal' | 'putLocal'>) {
    this.#database = database;
  }

  touch(name: string): void {
    this.#dirty.add(shardOf(name));
  }

  async read(): Promise<KeptFacts[]> {
    const shards = await Promise.all(
      Array.from({ length: SHARDS }, (_, shard) => this.#database.getLocal(keyOf(shard))),
    );
    return shards.flatMap((shard) => (Array.isArray(shard?.kept) ? (shard.kept as KeptFacts[]) : []));
  }

  /** Writes those shards in which something changed, from everything that is known. */
  async write(all: readonly KeptFacts[]): Promise<void> {
    for (const shard of [...this.#dirty]) {
      this.#dirty.delete(shard);
      try {
        await this.#database.putLocal(keyOf(shard), { kept: all.filter(({ facts }) => shardOf(facts.name) === shard) });
      } catch (error) {
        this.#dirty.add(shard);
        throw error;
      }
    }
  }
}

const shardOf = (name: string): number => fineShardOf(name) % SHARDS;
const keyOf = (shard: number): string => `role-database-facts.${shard}`;
