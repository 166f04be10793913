/** Going up and down the rows of the list by keys: the link of the row has the focus. */
import { ENTRY_ATTRIBUTE } from './held-columns.tsx';

/** Of the row that had the focus last, also on a visit before: going on begins there. */
let last: { readonly id: string; readonly index: number } | undefined;

/** Moves the focus by so many rows; where no row has it, to the last one that had it, or what stands in its place now. */
export function moveFocus(list: HTMLElement, step: 1 | -1): void {
  const links = linksIn(list);
  const here = links.indexOf(focusedLink(list) as HTMLElement);
  const known = links.findIndex((link) => idOf(link) === last?.id);
  const to = here >= 0 ? here + step : known >= 0 ? known : Math.min(last?.index ?? 0, links.length - 1);
  const link = links[Math.min(Math.max(to, 0), links.length - 1)];
  link?.focus();
  remember(link, links);
}

/** The id of the entry whose row has the focus, anywhere in it. */
export function focusedEntry(list: HTMLElement): string | undefined {
  const link = focusedLink(list);
  remember(link, linksIn(list));
  return idOf(link);
}

const linksIn = (list: HTMLElement): HTMLElement[] => [...list.querySelectorAll<HTMLElement>(`[${ENTRY_ATTRIBUTE}]`)];

const focusedLink = (list: HTMLElement): HTMLElement | undefined => {
  const row = document.activeElement?.closest('[role=row]');
  return row && list.contains(row) ? (row.querySelector<HTMLElement>(`[${ENTRY_ATTRIBUTE}]`) ?? undefined) : undefined;
};

const idOf = (link: HTMLElement | undefined): string | undefined => link?.getAttribute(ENTRY_ATTRIBUTE) ?? undefined;

function remember(link: HTMLElement | undefined, links: readonly HTMLElement[]): void {
  const id = idOf(link);
  if (link && id !== undefined) last = { id, index: links.indexOf(link) };
}
