/** A device with every database that its login names. */
import { isReferenceType } from '../../shared-schemas/document-types.ts';
import { parseId } from '../../shared-schemas/ids.ts';
import type { Login } from '../support/api-client.ts';
import { PouchDevice } from '../support/pouch-device.ts';

/** A document as a device holds it and as REST answers it. */
export type Doc = Readonly<Record<string, unknown>> & { readonly _id: string; readonly _rev: string };

export class Device {
  readonly #databases: readonly PouchDevice[];

  constructor(login: Login) {
    this.#databases = login.databases.map((_, which) => new PouchDevice(login, which as 0 | 1));
  }

  async pull(): Promise<void> {
    await Promise.all(this.#databases.map((database) => database.pull()));
  }

  async sync(): Promise<void> {
    await Promise.all(this.#databases.map((database) => database.sync()));
  }

  /** Documents that the server refused to take from here: the device goes on showing its own. */
  denied(): ReadonlySet<string> {
    return new Set(this.#databases.flatMap(({ denied }) => denied.map(({ id }) => id)));
  }

  async documents(): Promise<Map<string, Doc>> {
    const all = await Promise.all(this.#databases.map(({ local }) => local.allDocs({ include_docs: true })));
    return new Map(all.flatMap(({ rows }) => rows.map(({ id, doc }) => [id, doc as Doc] as const)));
  }

  async find(id: string): Promise<Doc | undefined> {
    try {
      return (await this.#holderOf(id).get(id)) as Doc;
    } catch (error) {
      if ((error as { status?: number }).status === 404) return undefined;
      throw error;
    }
  }

  async put(document: Readonly<Record<string, unknown>> & { readonly _id: string }): Promise<void> {
    await this.#holderOf(document._id).put(document);
  }

  async remove({ _id, _rev }: Doc): Promise<void> {
    await this.#holderOf(_id).local.remove(_id, _rev);
  }

  /** The reference database is the last that a login names. */
  #holderOf(id: string): PouchDevice {
    const type = parseId(id)?.type;
    const holder = type && isReferenceType(type) ? this.#databases.at(-1) : this.#databases[0];
    if (!holder) throw new Error('this login has no database');
    return holder;
  }
}
