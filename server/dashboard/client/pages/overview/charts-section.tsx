/** How it was in the last hour, day or month. */
import { useMemo } from 'preact/hooks';
import type { Range, SeriesView } from '../../../../admin/overview/series.ts';
import { formatCount, formatSeconds } from '../../format.ts';
import { useQueryState } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { Chart } from '../../ui/chart.tsx';
import type { ChartProps } from '../../ui/chart-props.ts';
import { Loaded, Section } from '../../ui/page.tsx';
import { Segments } from '../../ui/segments.tsx';

const RANGES = [
  ['hour', 'Last hour'],
  ['day', 'Last day'],
  ['month', 'Last 30 days'],
] as const;
const POINTS: Readonly<Record<Range, string>> = { hour: 'minute', day: '5 minutes', month: 'hour' };
const rate = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 });

const rangeOf = (value: string | undefined): Range => RANGES.find(([range]) => range === value)?.[0] ?? 'hour';

export function ChartsSection() {
  const [query, change] = useQueryState();
  const range = rangeOf(query.range);
  // Points are minutes wide: what happens each second does not matter here.
  const series = useResource<SeriesView>(`/api/admin/series?range=${range}`, ['system']);
  return (
    <Section
      title="Over time"
      actions={
        <Segments
          label="Time"
          value={range}
          options={RANGES}
          onChange={(value) => change({ range: value === 'hour' ? '' : value })}
        />
      }
    >
      <Loaded resource={series}>{(view) => <Charts view={view} />}</Loaded>
    </Section>
  );
}

function Charts({ view }: { readonly view: SeriesView }) {
  const charts = useMemo(() => chartsOf(view), [view]);
  return (
    <>
      <p class="quiet">
        Each point is {pointWords(view.range)}; the last one is still being filled. Where there is no line the server
        was not running.
        {view.servers > 1 && ` Of ${view.servers} servers together; what others did comes a minute later.`}
      </p>
      <div class="charts">
        {charts.map((chart) => (
          <Chart key={chart.title} {...chart} />
        ))}
      </div>
    </>
  );
}

const pointWords = (range: Range): string => ({ hour: 'a minute', day: '5 minutes', month: 'an hour' })[range];

function chartsOf({ startsAt, pointSeconds, range, columns }: SeriesView): ChartProps[] {
  const startSeconds = Date.parse(startsAt) / 1_000;
  const times = columns.requests.map((_, n) => startSeconds + n * pointSeconds);
  const perMinute = (values: readonly (number | null)[]) =>
    values.map((value) => (value === null ? null : value / (pointSeconds / 60)));
  const asRate = (value: number) => rate.format(value);
  return [
    {
      title: 'Writes of devices',
      unit: 'per minute',
      times,
      format: asRate,
      lines: [
        { name: 'stored', colour: '--accent', values: perMinute(columns.writesAccepted) },
        { name: 'refused', colour: '--problem', dashed: true, values: perMinute(columns.writesRefused) },
      ],
    },
    {
      title: 'Documents sent to devices',
      unit: 'per minute',
      times,
      format: asRate,
      lines: [{ name: 'sent', colour: '--accent', values: perMinute(columns.documentsOut) }],
    },
    {
      title: 'Devices connected',
      unit: 'mean',
      times,
      format: asRate,
      lines: [{ name: 'connected', colour: '--ok', values: columns.connectedDevices }],
    },
    {
      title: 'Projector behind',
      unit: 'seconds, at worst',
      times,
      format: formatSeconds,
      lines: [{ name: 'behind', colour: '--attention', values: columns.projectorLagSeconds }],
    },
    {
      title: 'Server errors',
      unit: `requests per ${POINTS[range]}`,
      times,
      format: formatCount,
      lines: [{ name: 'failed', colour: '--problem', values: columns.serverErrors }],
    },
  ];
}
