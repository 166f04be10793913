/**
 * How many documents a device still has to pull: those that its feeds would list after the position that it confirmed. A
 * document that changed several times is one. What the device pushed itself counts until its feed has come past it.
 */
import { type DocumentType, isDocumentType } from '../../shared-schemas/document-types.ts';
import { typesOfDatabase } from '../../sync-rules/projection.ts';
import { databasesOfPrincipal, type RoleDatabase } from '../../sync-rules/role-database.ts';
import type { RoleDatabases } from '../projector/role-databases.ts';
import type { Database } from '../store/store.ts';
import { showsId } from '../sync/shown-ids.ts';
import { type DeviceRecord, WHOLE_FEED } from './device-record.ts';

const CAP = 10_000;
/** Rows of other types are read past to count one type: that has an end as well. */
const MAX_SCANNED = 100_000;
const PAGE_SIZE = 1_000;
const MAX_CACHED = 20_000;
const BEGINNING = '0';

/** Exact, or the number up to which it was counted. */
export type Pending = number | { readonly atLeast: number };

export interface ChangesToPull {
  /** By role database; one that is still being built is not there. */
  readonly databases: Readonly<Record<string, Pending>>;
  readonly total: Pending;
}

export interface PendingChangesOptions {
  readonly roleDatabases: Pick<RoleDatabases, 'serving'>;
  /** Counts are exact up to here. */
  readonly cap?: number;
}

type PulledBy = Pick<DeviceRecord, 'owner' | 'role' | 'clinicId' | 'patientId' | 'databases'>;

interface Feed {
  readonly position: string;
  readonly types: readonly DocumentType[];
}

export class PendingChanges {
  readonly #roleDatabases: Pick<RoleDatabases, 'serving'>;
  readonly #cap: number;
  readonly #counts = new Map<string, Promise<Pending>>();

  constructor({ roleDatabases, cap = CAP }: PendingChangesOptions) {
    this.#roleDatabases = roleDatabases;
    this.#cap = cap;
  }

  async of(device: PulledBy): Promise<ChangesToPull> {
    const [answer] = await this.ofAll([device]);
    return answer ?? { databases: {}, total: 0 };
  }

  /** In the order given. Each database is looked at once for all of them. */
  async ofAll(devices: readonly PulledBy[]): Promise<ChangesToPull[]> {
    const ends = new Map<string, Promise<string>>();
    const endOf = (source: Database): Promise<string> => {
      const end = ends.get(source.name) ?? source.info().then(({ updateSeq }) => updateSeq);
      ends.set(source.name, end);
      return end;
    };
    const answers: ChangesToPull[] = [];
    for (const device of devices) answers.push(await this.#ofDevice(device, endOf));
    return answers;
  }

  async #ofDevice(device: PulledBy, endOf: (source: Database) => Promise<string>): Promise<ChangesToPull> {
    const databases: Record<string, Pending> = {};
    const principal = principalOf(device);
    for (const database of databasesOfPrincipal(principal)) {
      const source = await this.#roleDatabases.serving(database.name);
      if (!source) continue;
      const end = await endOf(source);
      const counts: Pending[] = [];
      for (const feed of feedsOf(device, database, source.name)) {
        const { position, types } = feed;
        if (position === end) continue;
        counts.push(
          await this.#cached(JSON.stringify([source.name, end, position, types]), () =>
            this.#count(source, position, (id) => showsId(principal, types, id)),
          ),
        );
      }
      databases[database.name] = sumOf(counts);
    }
    return { databases, total: sumOf(Object.values(databases)) };
  }

  /** Of two devices at the same place, in the same database, both wait for one count. */
  #cached(key: string, count: () => Promise<Pending>): Promise<Pending> {
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const counted = count();
    this.#counts.set(key, counted);
    counted.catch(() => this.#counts.delete(key));
    if (this.#counts.size > MAX_CACHED) {
      const [oldest] = this.#counts.keys();
      if (oldest !== undefined) this.#counts.delete(oldest);
    }
    return counted;
  }

  async #count(source: Database, position: string, shows: (id: string) => boolean): Promise<Pending> {
    // A document that changes while this reads comes up again.
    const ids = new Set<string>();
    let since = position;
    for (let scanned = 0; scanned < MAX_SCANNED; scanned += PAGE_SIZE) {
      const page = await source.changes({ since, limit: PAGE_SIZE });
      for (const { id } of page.results) if (shows(id)) ids.add(id);
      if (ids.size > this.#cap) return { atLeast: this.#cap };
      if (page.results.length < PAGE_SIZE) return ids.size;
      since = page.lastSeq;
    }
    return { atLeast: ids.size };
  }
}

const principalOf = ({ owner, role, clinicId, patientId }: PulledBy) => ({
  userId: owner,
  role,
  ...(clinicId !== undefined && { clinicId }),
  ...(patientId !== undefined && { patientId }),
});

/**
 * The feeds that the device reads of a database: the one of all types, or one for each type that it has a collection of.
 * Types that are at the same place are read together. A database that it never asked for it has to pull whole.
 */
function feedsOf({ databases }: PulledBy, database: RoleDatabase, source: string): Feed[] {
  const { feeds = {}, reads } = databases[database.name] ?? {};
  const positionOf = (key: string) => {
    const feed = feeds[key];
    return feed?.source === source ? feed.position : BEGINNING;
  };
  if (reads !== 'types') return [{ position: positionOf(WHOLE_FEED), types: typesOfDatabase(database) }];
  const groups = new Map<string, DocumentType[]>();
  for (const type of Object.keys(feeds).filter(isDocumentType).sort()) {
    groups.set(positionOf(type), [...(groups.get(positionOf(type)) ?? []), type]);
  }
  return [...groups].map(([position, types]) => ({ position, types }));
}

function sumOf(counts: readonly Pending[]): Pending {
  const sum = counts.reduce<number>((total, count) => total + (typeof count === 'number' ? count : count.atLeast), 0);
  return counts.every((count) => typeof count === 'number') ? sum : { atLeast: sum };
}
