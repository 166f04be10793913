/** Time series as they are answered: columns, as there are hundreds of points. */
import type { SummedPoints } from '../monitoring/series-recorder.ts';
import { type Counter, type Gauge, type Point, RESOLUTIONS, type Resolution } from '../monitoring/time-series.ts';

export const RANGES = ['hour', 'day', 'month'] as const;
export type Range = (typeof RANGES)[number];

export const RESOLUTION_OF: Readonly<Record<Range, Resolution>> = {
  hour: 'minute',
  day: 'fiveMinutes',
  month: 'hour',
};

const COUNTED: readonly Counter[] = ['writesAccepted', 'writesRefused', 'documentsOut', 'requests', 'serverErrors'];
const READ: readonly Gauge[] = ['connectedDevices', 'projectorLagSeconds', 'projectorLagRevisions'];
export const COLUMNS = [...COUNTED, ...READ] as const;
export type Column = (typeof COLUMNS)[number];

export interface SeriesView {
  readonly range: Range;
  /** When the first point begins. */
  readonly startsAt: string;
  /** How long each point is; the last one is still being filled. */
  readonly pointSeconds: number;
  /** How many servers have a part in it. */
  readonly servers: number;
  /**
   * Counters are sums of a point. Of devices the mean, of a lag the greatest. null: nothing ran, or it was not measured.
   */
  readonly columns: Readonly<Record<Column, readonly (number | null)[]>>;
}

export function seriesView(range: Range, { points, servers }: SummedPoints): SeriesView {
  const columns = COLUMNS.map((name) => [name, points.map((point) => valueAt(name, point))]);
  return {
    range,
    startsAt: points[0]?.startsAt ?? '',
    pointSeconds: RESOLUTIONS[RESOLUTION_OF[range]].widthMs / 1_000,
    servers,
    columns: Object.fromEntries(columns) as SeriesView['columns'],
  };
}

function valueAt(name: Column, { values }: Point): number | null {
  if (!values) return null;
  if (isCounter(name)) return values.counters[name];
  const gauge = values.gauges[name as Gauge];
  if (!gauge) return null;
  return Math.round((name === 'connectedDevices' ? gauge.mean : gauge.max) * 10) / 10;
}

const isCounter = (name: Column): name is Counter & Column => (COUNTED as readonly string[]).includes(name);
