/** Where databases end, for those who compare positions with it. */
import type { Database, Store } from '../../store/store.ts';

export type EndOf = (database: Database) => Promise<string>;

/** Each database is asked once. */
export function endsOfOneRead(): EndOf {
  const ends = new Map<string, Promise<string>>();
  return (database) => {
    const end = ends.get(database.name) ?? endOf(database);
    ends.set(database.name, end);
    return end;
  };
}

/**
 * Remembers them until the store tells of a change: a database that nobody writes to is not opened again for it. Exact only
 * where this server alone writes to the store; notices of what another one wrote come late.
 */
export class KnownEnds {
  readonly #ends = new Map<string, Promise<string>>();

  constructor(store: Pick<Store, 'onUpdate'>) {
    store.onUpdate((name) => this.#ends.delete(name));
  }

  readonly of: EndOf = (database) => {
    const known = this.#ends.get(database.name);
    if (known !== undefined) return known;
    const end = endOf(database);
    // Before it is read: a change that comes meanwhile takes it away again.
    this.#ends.set(database.name, end);
    end.catch(() => this.#ends.delete(database.name));
    return end;
  };
}

const endOf = async (database: Database): Promise<string> => (await database.info()).updateSeq;
