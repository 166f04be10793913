/** The clinics of the network, as the server needs them: do they exist, and which are there. */
import { clinicDocId } from '../../shared-schemas/ids.ts';
import type { Database } from '../store/store.ts';

const PREFIX = clinicDocId('');

export class Clinics {
  readonly #primary: Pick<Database, 'winners' | 'walk'>;

  constructor(primary: Pick<Database, 'winners' | 'walk'>) {
    this.#primary = primary;
  }

  /** Read anew each time: any server may have deleted the clinic a moment ago, and nobody may be sent there. */
  async exists(slug: string): Promise<boolean> {
    const [clinic] = await this.#primary.winners([clinicDocId(slug)]);
    return clinic !== undefined;
  }

  async slugs(): Promise<string[]> {
    const slugs: string[] = [];
    for await (const rows of this.#primary.walk({ prefix: PREFIX }))
      slugs.push(...rows.map(({ id }) => id.slice(PREFIX.length)));
    return slugs;
  }
}
