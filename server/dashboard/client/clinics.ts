/** The clinics of the network, to choose from and to name. */
import { useEffect, useState } from 'preact/hooks';
import type { Clinic } from '../../../shared-schemas/reference.ts';
import { fetchJson, withQuery } from './api.ts';
import type { Page } from './paged.ts';

export type ClinicDocument = Clinic & { readonly _id: string; readonly _rev: string };

const PAGE_SIZE = 500;

/** All of them, in the order of their names; empty until they came, or where they cannot be read. */
export function useClinics(): readonly ClinicDocument[] {
  const [clinics, setClinics] = useState<readonly ClinicDocument[]>([]);
  useEffect(() => {
    const aborting = new AbortController();
    readAll(aborting.signal)
      .then(setClinics)
      // The slugs serve as well; the page itself says what is wrong.
      .catch(() => {});
    return () => aborting.abort();
  }, []);
  return clinics;
}

async function readAll(signal: AbortSignal): Promise<ClinicDocument[]> {
  const found: ClinicDocument[] = [];
  let cursor: string | undefined;
  do {
    const path = withQuery('/api/clinics', { limit: PAGE_SIZE, cursor });
    const page: Page<ClinicDocument> = await fetchJson(path, { signal });
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}

/** For a select: the slug, and the name. A slug that is chosen stands there also where it is of no clinic. */
export function clinicOptions(clinics: readonly ClinicDocument[], chosen = ''): [string, string][] {
  const options = clinics.map(({ slug, name }): [string, string] => [slug, name]);
  return chosen === '' || options.some(([slug]) => slug === chosen) ? options : [[chosen, chosen], ...options];
}
