/** The series of several servers as one: pure. What happened adds up; a lag is that of the server that lags most. */
import {
  type Bucket,
  COUNTERS,
  type Counter,
  GAUGES,
  type Gauge,
  type GaugePoint,
  type Point,
  type Resolution,
  TimeSeries,
} from './time-series.ts';

/** Each server has devices of its own. */
const ADDED: ReadonlySet<Gauge> = new Set(['openFeeds', 'connectedDevices']);

type Values = NonNullable<Point['values']>;

/** As the server that stored them would show them now. */
export function storedPoints(resolution: Resolution, buckets: readonly Bucket[], nowMs: number): Point[] {
  const series = new TimeSeries();
  series.restore(resolution, buckets);
  return series.points(resolution, nowMs);
}

/** All of the same resolution, and of the same moment. */
export function sumOfPoints(servers: readonly (readonly Point[])[]): Point[] {
  const [first = [], ...others] = servers;
  return first.map(({ startsAt, values }, at) => ({
    startsAt,
    values: others.reduce((sum, points) => sumOfValues(sum, points[at]?.values), values),
  }));
}

function sumOfValues(a: Point['values'], b: Point['values']): Point['values'] {
  if (!a || !b) return a ?? b;
  const counters = Object.fromEntries(COUNTERS.map((name) => [name, a.counters[name] + b.counters[name]]));
  const gauges: Partial<Record<Gauge, GaugePoint>> = {};
  for (const name of GAUGES) {
    const both = gaugeOf(name, a.gauges[name], b.gauges[name]);
    if (both) gauges[name] = both;
  }
  return { counters: counters as Record<Counter, number>, gauges } satisfies Values;
}

function gaugeOf(name: Gauge, a: GaugePoint | undefined, b: GaugePoint | undefined): GaugePoint | undefined {
  if (!a || !b) return a ?? b;
  if (ADDED.has(name)) return { mean: a.mean + b.mean, max: a.max + b.max };
  return { mean: Math.max(a.mean, b.mean), max: Math.max(a.max, b.max) };
}
