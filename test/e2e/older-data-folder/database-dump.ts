/**
 * Everything that a folder of LevelDB databases, or a CouchDB, holds: read with stock PouchDB, so that the code whose work is
 * compared has no part in it.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import nano from 'nano';
import httpAdapter from 'pouchdb-adapter-http';
import leveldbAdapter from 'pouchdb-adapter-leveldb';
import PouchCore, { type PouchDocument } from 'pouchdb-core';

export type Body = Readonly<Record<string, unknown>>;

export interface DumpedRevision {
  readonly rev: string;
  /** Itself and its ancestors, newest first. */
  readonly ancestry: readonly string[];
  readonly leaf: boolean;
  readonly deleted: boolean;
  readonly body: Body;
}

export interface DumpedDatabase {
  /** By document id: its leaves, and those of their ancestors whose bodies are still there. */
  readonly documents: Readonly<Record<string, readonly DumpedRevision[]>>;
  /** Local documents by id; none of a CouchDB, where nobody loads them. */
  readonly local: Readonly<Record<string, Body>>;
}

/** Databases by name, without the prefix that all of them have. */
export type Dump = Readonly<Record<string, DumpedDatabase>>;

const RawPouch = PouchCore.plugin(leveldbAdapter).plugin(httpAdapter);

/** Of a stopped server. */
export async function dumpFolder(folder: string, prefix: string): Promise<Dump> {
  const dump: Record<string, DumpedDatabase> = {};
  for (const name of (await readdir(folder)).sort()) {
    const location = path.join(folder, name);
    const local = await localDocuments(location);
    dump[withoutPrefix(name, prefix)] = { documents: await documentsOf(location, { adapter: 'leveldb' }), local };
  }
  return dump;
}

export async function dumpCouchdb(url: string, prefix: string): Promise<Dump> {
  const base = url.replace(/\/$/, '');
  const names = (await nano(base).db.list()).filter((name) => name.startsWith(`${prefix}-`));
  const dump: Record<string, DumpedDatabase> = {};
  for (const name of names.sort()) {
    const options = { adapter: 'http', skip_setup: true };
    dump[withoutPrefix(name, prefix)] = { documents: await documentsOf(`${base}/${name}`, options), local: {} };
  }
  return dump;
}

const withoutPrefix = (name: string, prefix: string): string => name.slice(`${prefix}-`.length);

async function documentsOf(location: string, options: Record<string, unknown>): Promise<DumpedDatabase['documents']> {
  const db = new RawPouch(location, options);
  db.setMaxListeners(0);
  const { results } = await db.changes({ since: 0, style: 'all_docs' });
  const documents: Record<string, DumpedRevision[]> = {};
  for (const { id } of results.sort((a, b) => (a.id < b.id ? -1 : 1))) documents[id] = await revisionsOf(db, id);
  await db.close();
  return documents;
}

async function revisionsOf(db: PouchCore, id: string): Promise<DumpedRevision[]> {
  const leaves = (await db.get(id, { open_revs: 'all', revs: true }))
    .flatMap((row) => ('ok' in row ? [toDumped(row.ok, true)] : []))
    .sort((a, b) => (a.rev < b.rev ? -1 : 1));
  const names = new Set(leaves.map(({ rev }) => rev));
  const revisions = [...leaves];
  for (const rev of leaves.flatMap(({ ancestry }) => ancestry)) {
    if (names.has(rev)) continue;
    names.add(rev);
    const { results } = await db.bulkGet({ docs: [{ id, rev }], revs: true });
    for (const row of results.flatMap(({ docs }) => docs)) if ('ok' in row) revisions.push(toDumped(row.ok, false));
  }
  return revisions;
}

function toDumped(document: PouchDocument, leaf: boolean): DumpedRevision {
  const { _id, _rev = '', _deleted, _revisions, ...body } = document;
  const { start, ids } = _revisions ?? { start: 0, ids: [] };
  const ancestry = ids.map((hash, i) => `${start - i}-${hash}`);
  return { rev: _rev, ancestry, leaf, deleted: _deleted === true, body };
}

/** Where PouchDB's adapter keeps local documents; it has no way to list them. */
const LOCAL_STORE = '\u00fflocal-store\u00ff';

async function localDocuments(location: string): Promise<Record<string, Body>> {
  const level = new ClassicLevel<string, Body>(location, { valueEncoding: 'json', createIfMissing: false });
  const found: Record<string, Body> = {};
  for await (const [key, value] of level.iterator({ gte: LOCAL_STORE, lt: `${LOCAL_STORE}\u00ff` })) {
    const { _id, _rev, ...body } = value;
    found[key.slice(`${LOCAL_STORE}_local/`.length)] = body;
  }
  await level.close();
  return found;
}
