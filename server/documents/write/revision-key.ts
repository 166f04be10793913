/**
 * The key that names of revisions are made with. Every server of a store has the same: whichever is first makes it. It is kept
 * beside what else the server keeps for itself, in a database that no device reads, so that a backup has it.
 */
import { randomBytes } from 'node:crypto';
import { DocumentTable } from '../../store/document-table.ts';
import type { Database } from '../../store/store.ts';

const PREFIX = 'key:';
const NAME = 'revisions';
const BYTES = 32;

export async function loadRevisionKey(registry: Database): Promise<string> {
  const table = new DocumentTable<{ readonly key: string }>(registry, PREFIX);
  const made = randomBytes(BYTES).toString('base64url');
  const kept = await table.update(NAME, (known) => known ?? { key: made });
  if (!kept) throw new Error('the key of revisions was not kept');
  return kept.key;
}
