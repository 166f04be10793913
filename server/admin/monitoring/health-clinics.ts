/** The clinics with their names, in memory. The primary is read in bursts, as everything that anybody writes is in it. */
import { clinicDocId } from '../../../shared-schemas/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import { FollowedMap } from '../../store/followed-map.ts';
import type { Database, RangeRow, Store } from '../../store/store.ts';

/** Milliseconds between two reads of the changes: how late a name may be. */
const BURST_MS = 1_000;

export interface ClinicNamesOptions {
  readonly store: Pick<Store, 'onUpdate'>;
  readonly primary: Database;
  readonly logger: Pick<Logger, 'error' | 'info'>;
}

export class ClinicNames {
  readonly #names: FollowedMap<string>;

  constructor({ store, primary, logger }: ClinicNamesOptions) {
    this.#names = FollowedMap.start({
      ...{ store, database: primary, logger, burstMs: BURST_MS },
      prefix: clinicDocId(''),
      read: async (slugs) =>
        (await primary.winners(slugs.map(clinicDocId))).map((clinic, at) => nameOf(clinic, slugs[at])),
    });
  }

  /** By slug. Empty until they have been read. */
  all(): ReadonlyMap<string, string> {
    return this.#names.values;
  }

  close(): Promise<void> {
    return this.#names.close();
  }
}

const nameOf = (clinic: RangeRow | undefined, slug: string | undefined): string | undefined =>
  clinic && (typeof clinic.body.name === 'string' && clinic.body.name !== '' ? clinic.body.name : slug);
