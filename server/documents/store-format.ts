/**
 * The format that the databases are written in. A server that does not know it must not write: it would name revisions in
 * another way, or pass over what it does not know of. Version 0.1.0 does not look: stop it before a later one starts.
 */
import { DocumentTable } from '../store/document-table.ts';
import { type Database, StoreUnavailableError } from '../store/store.ts';

/** 1: version 0.1.0, which wrote no number. 2: revisions that the server makes are named with a key. */
const FORMAT = 2;
const PREFIX = 'store:';
const NAME = 'format';

/** Says which format is written from now on. @throws StoreUnavailableError where a later version has written to the store */
export async function takeFormat(registry: Database): Promise<void> {
  const table = new DocumentTable<{ readonly format: number }>(registry, PREFIX);
  const kept = await table.update(NAME, (known) => (known && known.format >= FORMAT ? known : { format: FORMAT }));
  if (kept && kept.format > FORMAT)
    throw new StoreUnavailableError(
      `A later version of VitaSync has written to this store (format ${kept.format}; this version knows up to ${FORMAT}). ` +
        'Start that version, or restore a backup from before it.',
    );
}
