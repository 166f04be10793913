/** A table of any length, of which only the rows in view are drawn. Rows are of one height; narrow screens scroll it sideways. */
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { formatCount } from '../format.ts';
import type { PagedList } from '../paged.ts';
import { ErrorNotice } from './notice.tsx';

export interface Column<T> {
  readonly key: string;
  readonly title: string;
  /** In rem, as in `grid-template-columns`: `8rem`, `minmax(10rem, 2fr)`. Alike in all rows, so never by content. */
  readonly width: string;
  readonly cell: (item: T) => ComponentChildren;
  /** Numbers stand to the right. */
  readonly numeric?: boolean;
  /** The name of the sort, where the list can be sorted by it. */
  readonly sort?: string;
}

interface VirtualTableProps<T> {
  /** What is listed, for screen readers. */
  readonly label: string;
  readonly list: PagedList<T>;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (item: T) => string;
  /** Where there is nothing. */
  readonly empty: ComponentChildren;
  /** As in the address: `name`, or `-name` from the greatest down. */
  readonly sort?: string;
  readonly onSort?: (sort: string) => void;
  /** Of one row, pixels. */
  readonly rowHeight?: number;
  /** Marks the row. */
  readonly isSelected?: (item: T) => boolean;
}

const ROW_HEIGHT = 44;
/** Rows drawn above and below what is seen. */
const OVERSCAN = 12;

export function VirtualTable<T>({
  label,
  list,
  columns,
  keyOf,
  empty,
  sort,
  onSort,
  rowHeight = ROW_HEIGHT,
  isSelected,
}: VirtualTableProps<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const { total, hasMore, loading, error, show } = list;
  const items = useMemo(() => unique(list.items, keyOf), [list.items]);
  const virtualizer = useVirtualizer(scroller, items.length, rowHeight);
  const rows = virtualizer.getVirtualItems();
  const [first, last] = [rows[0]?.index ?? 0, rows.at(-1)?.index ?? 0];
  useEffect(() => show(first, last), [first, last, items.length, loading]);
  const template = columns.map(({ width }) => width).join(' ');
  const minWidth = leastWidth(columns);
  const known = total ?? (hasMore ? -1 : items.length);
  return (
    <div class="table-frame">
      <ErrorNotice error={error} />
      <div
        class="table"
        role="table"
        aria-label={label}
        aria-rowcount={known < 0 ? -1 : known + 1}
        ref={scroller}
        tabIndex={0}
      >
        <HeadRow columns={columns} template={template} minWidth={minWidth} sort={sort} onSort={onSort} />
        <div role="rowgroup" class="table-body" style={{ height: `${virtualizer.getTotalSize()}px`, minWidth }}>
          {rows.map(({ index, start }) => {
            const item = items[index];
            if (item === undefined) return null;
            return (
              <div
                key={keyOf(item)}
                role="row"
                aria-rowindex={index + 2}
                class={`table-row${isSelected?.(item) ? ' is-selected' : ''}`}
                style={{ transform: `translateY(${start}px)`, height: `${rowHeight}px`, gridTemplateColumns: template }}
              >
                {columns.map((column) => (
                  <div role="cell" key={column.key} class={`cell${column.numeric ? ' cell-numeric' : ''}`}>
                    {column.cell(item)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
        {items.length === 0 && !loading && error === undefined && <div class="table-empty">{empty}</div>}
      </div>
      <p class="table-foot quiet" role="status">
        {loading && items.length === 0
          ? 'Loading…'
          : total !== undefined
            ? `${formatCount(total)} in all${hasMore ? `, ${formatCount(items.length)} loaded; scroll for more` : ''}`
            : `${formatCount(items.length)}${hasMore ? ' loaded; scroll for more' : ' in all'}`}
      </p>
    </div>
  );
}

interface HeadProps<T> extends Pick<VirtualTableProps<T>, 'columns'> {
  readonly template: string;
  readonly minWidth: string;
  readonly sort: string | undefined;
  readonly onSort: ((sort: string) => void) | undefined;
}

function HeadRow<T>({ columns, template, minWidth, sort, onSort }: HeadProps<T>) {
  return (
    <div role="row" aria-rowindex={1} class="table-row table-head" style={{ gridTemplateColumns: template, minWidth }}>
      {columns.map(({ key, title, numeric, sort: by }) => {
        const direction =
          by !== undefined && sort === by
            ? 'ascending'
            : by !== undefined && sort === `-${by}`
              ? 'descending'
              : undefined;
        return (
          <div
            role="columnheader"
            key={key}
            class={`cell${numeric ? ' cell-numeric' : ''}`}
            {...(by !== undefined && { 'aria-sort': direction ?? 'none' })}
          >
            {by !== undefined && onSort ? (
              <button type="button" class="sort" onClick={() => onSort(direction === 'ascending' ? `-${by}` : by)}>
                {title}
                <span aria-hidden="true">
                  {direction === 'ascending' ? ' ▲' : direction === 'descending' ? ' ▼' : ''}
                </span>
              </button>
            ) : (
              title
            )}
          </div>
        );
      })}
    </div>
  );
}

function unique<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

const GAP_REM = 0.75;
const SIDES_REM = 1.8;

/** Of the columns at their narrowest, with what stands between and beside them. */
function leastWidth(columns: readonly Pick<Column<never>, 'width'>[]): string {
  const widths = columns.map(({ width }) => Number(/([\d.]+)rem/.exec(width)?.[1] ?? 0));
  const sum = widths.reduce((total, width) => total + width, 0);
  return `${sum + GAP_REM * (columns.length - 1) + SIDES_REM}rem`;
}

function useVirtualizer(scroller: { readonly current: HTMLDivElement | null }, count: number, rowHeight: number) {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    // The head row is in the same scroller, above the rows.
    scrollMargin: 0,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(undefined),
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLDivElement, HTMLDivElement>(options));
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  return virtualizer;
}
