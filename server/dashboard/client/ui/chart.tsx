/** A chart over time, with what it shows in words, its values where the pointer is, and the same as a table. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { ChartLine, ChartProps } from './chart-props.ts';
import { ChartTable } from './chart-table.tsx';
import { colourOf, useThemeChange } from './colour.ts';

const HEIGHT = 150;
const DASHES = [6, 4];

export function Chart({ title, unit, times, lines, format }: ChartProps) {
  const [at, setAt] = useState<number | undefined>(undefined);
  const shown = at !== undefined && at < times.length ? at : lastKnown(lines);
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span> <span class="quiet">{unit}</span>
        <ul class="chart-legend">
          {lines.map(({ name, colour, dashed, values }) => (
            <li key={name}>
              <span
                class={`chart-mark${dashed ? ' chart-mark-dashed' : ''}`}
                style={{ borderTopColor: `var(${colour})` }}
                aria-hidden="true"
              />
              {name} <strong>{valueWords(values[shown], format)}</strong>
            </li>
          ))}
          <li class="quiet">{times[shown] === undefined ? '' : `at ${clock(times[shown])}`}</li>
        </ul>
      </figcaption>
      <Plot
        label={summary({ title, unit, lines, format })}
        times={times}
        lines={lines}
        format={format}
        onPoint={setAt}
      />
      <ChartTable title={title} unit={unit} times={times} lines={lines} format={format} />
    </figure>
  );
}

interface PlotProps extends Pick<ChartProps, 'times' | 'lines' | 'format'> {
  readonly label: string;
  readonly onPoint: (at: number | undefined) => void;
}

function Plot({ label, times, lines, format, onPoint }: PlotProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef({ format, onPoint });
  latest.current = { format, onPoint };
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const made = new uPlot(optionsOf(lines, latest, element.clientWidth), dataOf(times, lines), element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [lines.length]);
  useEffect(() => plot.current?.setData(dataOf(times, lines)), [times, lines]);
  useThemeChange(useCallback(() => plot.current?.redraw(false), []));
  return <div class="chart-plot" ref={frame} role="img" aria-label={label} />;
}

const dataOf = (times: readonly number[], lines: readonly ChartLine[]): uPlot.AlignedData => [
  [...times],
  ...lines.map(({ values }) => [...values]),
];

type Latest = { readonly current: Pick<PlotProps, 'format' | 'onPoint'> };

function optionsOf(lines: readonly ChartLine[], latest: Latest, width: number): uPlot.Options {
  const axis = { stroke: () => colourOf('--quiet'), font: '12px system-ui', gap: 4 };
  const grid = { stroke: () => colourOf('--line'), width: 1 };
  const ticks = { show: false };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 }, sync: { key: 'over-time' } },
    // From nothing up: a line that leaves out the zero makes small differences look big.
    scales: { y: { range: (_plot, _least, greatest) => [0, Math.max(1, (greatest ?? 0) * 1.1)] } },
    axes: [
      { ...axis, grid: { show: false }, ticks, size: 26, space: 60, values: (_plot, splits) => splits.map(clock) },
      {
        ...axis,
        grid,
        ticks,
        size: 52,
        values: (_plot, splits) => splits.map((value) => latest.current.format(value)),
      },
    ],
    series: [
      {},
      ...lines.map(({ name, colour, dashed }) => ({
        label: name,
        stroke: () => colourOf(colour),
        width: 1.75,
        ...(dashed && { dash: DASHES }),
        points: { size: 4, filter: isolatedPoints },
      })),
    ],
    hooks: {
      setCursor: [({ cursor }) => latest.current.onPoint(cursor.idx ?? undefined)],
    },
  };
}

/** A line has two ends: what stands alone between gaps is drawn as a point. */
const isolatedPoints = (plot: uPlot, series: number): number[] => {
  const values = plot.data[series] ?? [];
  return Array.from(values.keys()).filter(
    (at) => values[at] != null && values[at - 1] == null && values[at + 1] == null,
  );
};

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** The time of day, or, at midnight, which day begins. */
function clock(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return date.getHours() === 0 && date.getMinutes() === 0 ? day.format(date) : time.format(date);
}

/** The last point of which anything is known. */
function lastKnown(lines: readonly ChartLine[]): number {
  const length = lines[0]?.values.length ?? 0;
  for (let at = length - 1; at >= 0; at--) if (lines.some(({ values }) => values[at] != null)) return at;
  return Math.max(0, length - 1);
}

const valueWords = (value: number | null | undefined, format: (value: number) => string): string =>
  value == null ? 'unknown' : format(value);

function summary({ title, unit, lines, format }: Omit<ChartProps, 'times'>): string {
  const parts = lines.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return `${name}: nothing known`;
    return `${name}: at most ${format(Math.max(...known))}, lately ${valueWords(known.at(-1), format)}`;
  });
  return `${title}, ${unit}. ${parts.join('; ')}.`;
}
