/**
 * How many documents a device still has to pull: those that its feeds would list after the position that it confirmed. A
 * document that changed several times is one. What the device pushed itself counts until its feed has come past it.
 */
import { type DocumentType, isDocumentType } from '../../../shared-schemas/document-types.ts';
import { typesOfDatabase } from '../../../sync-rules/projection.ts';
import { databasesOfPrincipal, type RoleDatabase } from '../../../sync-rules/role-database.ts';
import type { RoleDatabases } from '../../documents/projection/role-databases.ts';
import { showsId } from '../../gateway/shown-ids.ts';
import { LookUps } from '../../lib/look-ups.ts';
import type { Database, Store } from '../../store/store.ts';
import { type EndOf, endsOfOneRead, KnownEnds } from './database-ends.ts';
import { type DeviceRecord, WHOLE_FEED } from './device-record.ts';

const CAP = 10_000;
/** Rows of other types are read past to count one type: that has an end as well. */
const MAX_SCANNED = 100_000;
const PAGE_SIZE = 1_000;
const MAX_CACHED = 40_000;
/** Devices of a page that are counted at the same time. */
const AT_ONCE = 8;
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
  /** Where nobody else writes to it, where databases end is remembered. */
  readonly store?: Pick<Store, 'onUpdate' | 'shared'>;
  /** When the device was told to pull everything anew: what it had before does not count. */
  readonly replicaOrderOf?: (deviceId: string) => string | undefined;
}

type Reader = Pick<DeviceRecord, 'owner' | 'role' | 'clinicId' | 'patientId'>;
type PulledBy = Reader & Pick<DeviceRecord, 'deviceId' | 'databases'>;

interface Feed {
  readonly position: string;
  readonly types: readonly DocumentType[];
}

export class PendingChanges {
  readonly #roleDatabases: Pick<RoleDatabases, 'serving'>;
  readonly #cap: number;
  /** Of two devices at the same place, in the same database, both wait for one count. */
  readonly #counts = new LookUps<Pending>({ maxEntries: MAX_CACHED });
  readonly #ends: KnownEnds | undefined;
  readonly #replicaOrderOf: (deviceId: string) => string | undefined;

  constructor({ roleDatabases, cap = CAP, store, replicaOrderOf = () => undefined }: PendingChangesOptions) {
    this.#roleDatabases = roleDatabases;
    this.#cap = cap;
    this.#ends = store && !store.shared ? new KnownEnds(store) : undefined;
    this.#replicaOrderOf = replicaOrderOf;
  }

  async of(device: PulledBy): Promise<ChangesToPull> {
    const [answer] = await this.ofAll([device]);
    return answer ?? { databases: {}, total: 0 };
  }

  /** In the order given. Each database is looked at once for all of them. */
  async ofAll(devices: readonly PulledBy[]): Promise<ChangesToPull[]> {
    const endOf = this.#ends?.of ?? endsOfOneRead();
    const answers: ChangesToPull[] = [];
    for (let at = 0; at < devices.length; at += AT_ONCE) {
      const some = devices.slice(at, at + AT_ONCE).map((device) => this.#ofDevice(device, endOf));
      answers.push(...(await Promise.all(some)));
    }
    return answers;
  }

  /** Of one role database, in the order given; undefined where it is being built, or is not one of the device's. */
  async inDatabase(name: string, devices: readonly PulledBy[]): Promise<(Pending | undefined)[]> {
    const endOf = this.#ends?.of ?? endsOfOneRead();
    const answers: (Pending | undefined)[] = [];
    for (const device of devices) {
      const database = databasesOfPrincipal(principalOf(device)).find((own) => own.name === name);
      answers.push(database && (await this.#inDatabase(device, database, endOf)));
    }
    return answers;
  }

  async #ofDevice(device: PulledBy, endOf: EndOf): Promise<ChangesToPull> {
    const databases: Record<string, Pending> = {};
    for (const database of databasesOfPrincipal(principalOf(device))) {
      const pending = await this.#inDatabase(device, database, endOf);
      if (pending !== undefined) databases[database.name] = pending;
    }
    return { databases, total: sumOf(Object.values(databases)) };
  }

  async #inDatabase(device: PulledBy, database: RoleDatabase, endOf: EndOf): Promise<Pending | undefined> {
    const source = await this.#roleDatabases.serving(database.name);
    if (!source) return undefined;
    const end = await endOf(source);
    const principal = principalOf(device);
    const counts: Pending[] = [];
    for (const { position, types } of feedsOf(device, database, source.name, this.#replicaOrderOf(device.deviceId))) {
      if (position === end) continue;
      counts.push(
        await this.#counts.get(JSON.stringify([source.name, end, position, types]), () =>
          this.#count(source, position, (id) => showsId(principal, types, id)),
        ),
      );
    }
    return sumOf(counts);
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

export const principalOf = ({ owner, role, clinicId, patientId }: Reader) => ({
  userId: owner,
  role,
  ...(clinicId !== undefined && { clinicId }),
  ...(patientId !== undefined && { patientId }),
});

/**
 * The feeds that the device reads of a database: the one of all types, or one for each type that it has a collection of.
 * Types that are at the same place are read together. A database that it never asked for it has to pull whole.
 */
function feedsOf({ databases }: PulledBy, database: RoleDatabase, source: string, replicaOrder = ''): Feed[] {
  const { feeds = {}, reads } = databases[database.name] ?? {};
  const positionOf = (key: string) => {
    const feed = feeds[key];
    return feed?.source === source && feed.notedAt >= replicaOrder ? feed.position : BEGINNING;
  };
  if (reads !== 'types') return [{ position: positionOf(WHOLE_FEED), types: typesOfDatabase(database) }];
  const groups = new Map<string, DocumentType[]>();
  for (const type of Object.keys(feeds).filter(isDocumentType).sort()) {
    groups.set(positionOf(type), [...(groups.get(positionOf(type)) ?? []), type]);
  }
  return [...groups].map(([position, types]) => ({ position, types }));
}

export function sumOf(counts: readonly Pending[]): Pending {
  const sum = counts.reduce<number>((total, count) => total + (typeof count === 'number' ? count : count.atLeast), 0);
  return counts.every((count) => typeof count === 'number') ? sum : { atLeast: sum };
}
