/** The index behind lists, wired: it is brought up to date in the background from the start on. */
import path from 'node:path';
import type { Core } from '../../documents/core.ts';
import type { Lifecycle } from '../../lib/lifecycle.ts';
import type { Logger } from '../../lib/logger.ts';
import { ListIndexes } from './list-index.ts';
import { warmUp } from './warm-up.ts';

export interface ListsParts {
  readonly core: Core;
  readonly config: { readonly dataDir: string };
  readonly logger: Logger;
  readonly lifecycle: Pick<Lifecycle, 'onStop' | 'stopping'>;
}

export async function buildLists({ core, config, logger, lifecycle }: ListsParts): Promise<ListIndexes> {
  const { stopping } = lifecycle;
  const lists = await ListIndexes.open({ folder: path.join(config.dataDir, 'index'), store: core.store, logger });
  const warming = warmUp({ ...core, lists, signal: stopping }).catch((error: unknown) => {
    if (!stopping.aborted) logger.error({ err: error }, 'the index of lists waits for the first list');
  });
  lifecycle.onStop('lists', async () => {
    await lists.close();
    await warming;
  });
  return lists;
}
