/** The clinics of the network, as the server needs them: do they exist, and which are there. */
import { clinicDocId } from '../../shared-schemas/ids.ts';
import { winnerOf } from '../store/revisions.ts';
import type { Database } from '../store/store.ts';

const PREFIX = 'clinic:clinic:';
/** A clinic ends rarely, and only once nobody is in its care: what is remembered may be that old. */
const REMEMBER_MS = 30_000;

export class Clinics {
  readonly #primary: Pick<Database, 'leaves' | 'walk'>;
  readonly #nowMs: () => number;
  /** Until when a clinic that was found to exist is taken to. */
  readonly #known = new Map<string, number>();

  constructor(primary: Pick<Database, 'leaves' | 'walk'>, nowMs: () => number) {
    this.#primary = primary;
    this.#nowMs = nowMs;
  }

  async exists(slug: string): Promise<boolean> {
    if ((this.#known.get(slug) ?? 0) > this.#nowMs()) return true;
    const id = clinicDocId(slug);
    const winner = winnerOf((await this.#primary.leaves([id])).get(id) ?? []);
    if (!winner || winner.deleted) return false;
    this.#known.set(slug, this.#nowMs() + REMEMBER_MS);
    return true;
  }

  async slugs(): Promise<string[]> {
    const slugs: string[] = [];
    for await (const rows of this.#primary.walk({ prefix: PREFIX }))
      slugs.push(...rows.map(({ id }) => id.slice(PREFIX.length)));
    return slugs;
  }
}
