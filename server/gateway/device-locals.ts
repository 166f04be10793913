/**
 * Which local documents each device has in which role database: stores do not list those, and when a device is forgotten its own
 * are to go. A document is noted before it is written, so that none is there that is not noted. For each device one local
 * document of the registry; of two servers that note at the same moment for one device, one may not be heard.
 */
import { LRUCache } from 'lru-cache';
import type { RoleDatabases } from '../documents/projection/role-databases.ts';
import { KeyedLocks } from '../lib/keyed-locks.ts';
import type { Database, LocalDocument } from '../store/store.ts';
import { idOfPushMarks } from './push-marks.ts';

export interface DeviceLocalsOptions {
  /** Where it is kept. */
  readonly registry: Pick<Database, 'getLocal' | 'putLocal' | 'removeLocal'>;
  readonly roleDatabases: Pick<RoleDatabases, 'serving'>;
}

/** A local document of a device. */
export interface DeviceLocal {
  readonly device: string;
  /** Name of the role database. */
  readonly name: string;
  /** The physical database that serves it. */
  readonly source: Pick<Database, 'name' | 'removeLocal'>;
  /** Its id there: who keeps it, a dot, and what it is called. */
  readonly key: string;
}

/** By the name of the role database. */
type Noted = Readonly<Record<string, NotedDatabase>>;

interface NotedDatabase {
  /** Name of the physical database: those of another build went with it. */
  readonly source: string;
  readonly keys: readonly string[];
}

/** Noted, as this server knows: what is written again and again is looked up once in a while, as another server may forget it. */
const KNOWN = { max: 100_000, ttl: 3_600_000 };

export class DeviceLocals {
  readonly #options: DeviceLocalsOptions;
  readonly #locks = new KeyedLocks();
  readonly #known = new LRUCache<string, true>(KNOWN);

  constructor(options: DeviceLocalsOptions) {
    this.#options = options;
  }

  /**
   * Notes a document that is about to be written. Answers false, and notes nothing, where the device has `atMost` others in the
   * database. What it had before it began anew, which it never finds again, is removed.
   */
  async note(local: DeviceLocal, atMost: number): Promise<boolean> {
    const { device, name, source, key } = local;
    if (this.#known.has(knownAs(local))) return true;
    return this.#locks.run([device], async () => {
      const noted = await this.#read(device);
      const { keys } = keysIn(noted, local);
      const own = keys.filter((one) => keeperOf(one) === keeperOf(key));
      const isNew = !own.includes(key);
      if (isNew && own.length >= atMost) return false;
      for (const stale of keys) if (!own.includes(stale)) await source.removeLocal(stale);
      if (isNew || own.length < keys.length)
        await this.#write(device, { ...noted, [name]: { source: source.name, keys: isNew ? [...own, key] : own } });
      this.#known.set(knownAs(local), true);
      return true;
    });
  }

  /** The document was removed. */
  async drop(local: DeviceLocal): Promise<void> {
    const { device, name, source, key } = local;
    await this.#locks.run([device], async () => {
      this.#known.delete(knownAs(local));
      const noted = await this.#read(device);
      const { keys } = keysIn(noted, local);
      const left = keys.filter((one) => one !== key);
      if (left.length < keys.length)
        await this.#write(device, { ...noted, [name]: { source: source.name, keys: left } });
    });
  }

  /** Removes every local document of a device, whose sessions have to be over. Doing it again is harmless. */
  async forget(device: string): Promise<void> {
    const { registry, roleDatabases } = this.#options;
    await this.#locks.run([device], async () => {
      for (const [name, { source, keys }] of Object.entries(await this.#read(device))) {
        const serving = await roleDatabases.serving(name);
        if (serving?.name !== source) continue;
        for (const key of keys) {
          this.#known.delete(knownAs({ source: serving, key }));
          await serving.removeLocal(key);
        }
      }
      await registry.removeLocal(idOf(device));
      await registry.removeLocal(idOfPushMarks(device));
    });
  }

  async #read(device: string): Promise<Noted> {
    const { databases } = ((await this.#options.registry.getLocal(idOf(device))) ?? {}) as LocalDocument;
    return (databases ?? {}) as Noted;
  }

  async #write(device: string, databases: Noted): Promise<void> {
    await this.#options.registry.putLocal(idOf(device), { databases });
  }
}

const idOf = (device: string): string => `locals:${device}`;
const knownAs = ({ source, key }: Pick<DeviceLocal, 'key'> & { readonly source: { readonly name: string } }): string =>
  `${source.name} ${key}`;
/** The device, with the mark of its replica where it was told to begin anew. */
const keeperOf = (key: string): string => key.slice(0, key.lastIndexOf('.') + 1);

const keysIn = (noted: Noted, { name, source }: DeviceLocal): NotedDatabase => {
  const found = noted[name];
  return found?.source === source.name ? found : { source: source.name, keys: [] };
};
