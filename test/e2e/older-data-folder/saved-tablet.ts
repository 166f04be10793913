/** A stock PouchDB tablet whose local database is on its disk. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import leveldbAdapter from 'pouchdb-adapter-leveldb';
import type { Login } from '../../support/api-client.ts';
import { PouchDevice, StockPouch } from '../../support/pouch-device.ts';

const DiskPouch = StockPouch.plugin(leveldbAdapter);

export async function savedTablet(login: Login, folder: string): Promise<PouchDevice> {
  await mkdir(path.dirname(folder), { recursive: true });
  return Object.assign(new PouchDevice(login), { local: new DiskPouch(folder, { adapter: 'leveldb' }) });
}

/** What a tablet shows: ids of live documents with their revisions. */
export async function revisionsOn({ local }: Pick<PouchDevice, 'local'>): Promise<Record<string, string>> {
  const { rows } = await local.allDocs({});
  return Object.fromEntries(rows.map(({ id, value }) => [id, value.rev]));
}
