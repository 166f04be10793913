/** The held writes that are selected in the list. */
import { useLayoutEffect, useState } from 'preact/hooks';
import type { HeldWriteItem } from '../../../../admin/held-writes/held-write-views.ts';

export interface Selection {
  readonly items: readonly HeldWriteItem[];
  readonly has: (item: HeldWriteItem) => boolean;
  /** Of those that nobody has decided on: the others cannot be selected. */
  readonly toggle: (item: HeldWriteItem) => void;
  readonly setItems: (items: readonly HeldWriteItem[]) => void;
}

/** `path`: of the list. What is not listed any more cannot be seen to be selected. */
export function useSelection(path: string): Selection {
  const [items, setItems] = useState<readonly HeldWriteItem[]>([]);
  useLayoutEffect(() => setItems([]), [path]);
  const toggle = (item: HeldWriteItem) => {
    if (!item.decision) setItems((before) => toggled(before, item));
  };
  return { items, has: ({ id }) => items.some((one) => one.id === id), toggle, setItems };
}

function toggled(before: readonly HeldWriteItem[], item: HeldWriteItem): HeldWriteItem[] {
  const others = before.filter(({ id }) => id !== item.id);
  return others.length === before.length ? [...before, item] : others;
}
