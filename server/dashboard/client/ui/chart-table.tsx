/** What a chart shows, as a table: for who cannot see it, and for who wants the numbers. */
import { useState } from 'preact/hooks';
import { formatMoment } from '../format.ts';
import type { ChartProps } from './chart-props.ts';
import { Table } from './table.tsx';

interface Row {
  readonly at: number;
  readonly values: readonly (number | null)[];
}

export function ChartTable({ title, unit, times, lines, format }: ChartProps) {
  const [open, setOpen] = useState(false);
  return (
    <details class="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Numbers<span class="hidden-text"> of {title}</span>
      </summary>
      {open && (
        <Table
          label={`${title}, ${unit}`}
          items={rowsOf(times, lines)}
          keyOf={({ at }) => String(at)}
          empty="Nothing is known of this time: the server was not running."
          columns={[
            { title: 'From', cell: ({ at }) => formatMoment(new Date(at * 1_000).toISOString()) },
            ...lines.map(({ name }, n) => ({
              title: name,
              numeric: true,
              cell: ({ values }: Row) => wordsOf(values[n], format),
            })),
          ]}
        />
      )}
    </details>
  );
}

/** The newest first; without the times of which nothing is known. */
const rowsOf = (times: readonly number[], lines: ChartProps['lines']): Row[] =>
  times
    .map((at, n) => ({ at, values: lines.map(({ values }) => values[n] ?? null) }))
    .filter(({ values }) => values.some((value) => value !== null))
    .reverse();

const wordsOf = (value: number | null | undefined, format: (value: number) => string): string =>
  value == null ? 'unknown' : format(value);
