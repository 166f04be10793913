/** Brings into the history what a stopped process wrote to the primary and not there. */
import type { Database, StoredRevision } from '../../store/store.ts';
import type { History } from '../history.ts';
import type { RevisionMaker } from './made-revision.ts';

export interface MissingHistoryOptions {
  readonly maker: RevisionMaker;
  readonly primary: Pick<Database, 'revisions'>;
  readonly history: Pick<History, 'missing' | 'keep'>;
  /** Of the rules: revisions that a change of the rules made are named after it. */
  readonly epoch: string;
}

/** Keeps leaves that are not kept, and their ancestors as long as the primary still has their bodies. */
export async function keepMissing(
  { maker, primary, history, epoch }: MissingHistoryOptions,
  leaves: readonly StoredRevision[],
): Promise<void> {
  const missing = await history.missing(leaves);
  if (missing.length === 0) return;
  const gaps = new Set(missing.map(({ id, rev }) => `${id}@${rev}`));
  const found = leaves.filter(({ id, rev }) => gaps.has(`${id}@${rev}`));
  const ancestors = await history.missing(
    found.flatMap(({ id, ancestry }) => ancestry.slice(1).map((rev) => ({ id, rev }))),
  );
  const bodies = (await primary.revisions(ancestors)).filter((revision) => revision !== undefined);
  await history.keep(
    [...bodies, ...found].map((revision) => ({ ...revision, made: maker.recognised(revision, epoch) })),
  );
}
