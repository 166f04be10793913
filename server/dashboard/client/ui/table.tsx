/** A short table; its frame scrolls sideways on narrow screens. */
import type { ComponentChildren } from 'preact';

export interface TableColumn<T> {
  readonly title: string;
  readonly cell: (item: T) => ComponentChildren;
  readonly numeric?: boolean;
}

interface TableProps<T> {
  /** What is listed, for screen readers. */
  readonly label: string;
  readonly items: readonly T[];
  readonly columns: readonly TableColumn<T>[];
  readonly keyOf: (item: T) => string;
  readonly empty: ComponentChildren;
}

export function Table<T>({ label, items, columns, keyOf, empty }: TableProps<T>) {
  if (items.length === 0) return <p class="quiet">{empty}</p>;
  return (
    <section class="short-table" tabIndex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            {columns.map(({ title, numeric }) => (
              <th key={title} scope="col" class={numeric ? 'cell-numeric' : ''}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={keyOf(item)}>
              {columns.map(({ title, cell, numeric }) => (
                <td key={title} class={numeric ? 'cell-numeric' : ''}>
                  {cell(item)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
