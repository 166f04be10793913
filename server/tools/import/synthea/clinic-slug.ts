import { stableUlid } from './stable-id.ts';

/** A slug is part of a database's name: shorter than the 40 characters that the schema allows, with room for a suffix. */
const BASE_CHARACTERS = 31;
const SUFFIX_CHARACTERS = 8;

/**
 * A slug for each organization, from its name. Where names lead to the same slug, all of them get a suffix from their
 * `Id`: which other organizations are in the file must not change the slug of one that was imported before.
 */
export function clinicSlugs(organizations: readonly { readonly id: string; readonly name: string }[]) {
  const bases = organizations.map(({ id, name }) => ({ id, base: slugBase(name) }));
  const uses = new Map<string, number>();
  for (const { base } of bases) uses.set(base, (uses.get(base) ?? 0) + 1);
  return new Map(bases.map(({ id, base }) => [id, uses.get(base) === 1 ? base : `${base}-${suffixOf(id)}`]));
}

/** Lower-case words joined by hyphens, cut between words, beginning with a letter. */
function slugBase(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  if (!/^[a-z]/.test(words[0] ?? '')) words.unshift('clinic');
  let slug = (words[0] ?? '').slice(0, BASE_CHARACTERS);
  for (const word of words.slice(1)) {
    if (slug.length + 1 + word.length > BASE_CHARACTERS) break;
    slug += `-${word}`;
  }
  return slug;
}

const suffixOf = (id: string): string => stableUlid(0, `slug:${id}`).slice(-SUFFIX_CHARACTERS);
