/** The clinics of the network, as the server needs them: do they exist, and which are there. */
import { clinicDocId } from '../shared-schemas/ids.ts';
import { winnerOf } from './revisions.ts';
import type { Database } from './store/store.ts';

const PREFIX = 'clinic:clinic:';
const MAX_CLINICS = 100_000;

export class Clinics {
  readonly #primary: Pick<Database, 'leaves' | 'range'>;
  /** A clinic that exists keeps existing: its documents carry its name. */
  readonly #known = new Set<string>();

  constructor(primary: Pick<Database, 'leaves' | 'range'>) {
    this.#primary = primary;
  }

  async exists(slug: string): Promise<boolean> {
    if (this.#known.has(slug)) return true;
    const id = clinicDocId(slug);
    const winner = winnerOf((await this.#primary.leaves([id])).get(id) ?? []);
    if (!winner || winner.deleted) return false;
    this.#known.add(slug);
    return true;
  }

  async slugs(): Promise<string[]> {
    const rows = await this.#primary.range({ startKey: PREFIX, endKey: `${PREFIX}\ufff0`, limit: MAX_CLINICS });
    return rows.map(({ id }) => id.slice(PREFIX.length));
  }
}
