import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeriesRecorder } from '../../../server/admin/monitoring/series-recorder.ts';
import { type Point, RESOLUTIONS, TimeSeries } from '../../../server/admin/monitoring/time-series.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { EmbeddedStore } from '../../../server/store/embedded-store.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = Date.parse('2026-03-01T00:00:00.000Z');

const sumOf = (points: readonly Point[], counter: 'requests' | 'bytesOut') =>
  points.reduce((sum, { values }) => sum + (values?.counters[counter] ?? 0), 0);
const filled = (points: readonly Point[]) => points.filter(({ values }) => values !== undefined);

describe('a time series', () => {
  it('sums counters, and keeps mean and maximum of gauges, in every resolution', () => {
    const series = new TimeSeries();
    for (let minute = 0; minute < 60; minute++) {
      const nowMs = START_MS + minute * MINUTE_MS;
      series.count('requests', minute, nowMs);
      series.read('openFeeds', minute, nowMs);
      series.read('openFeeds', minute + 1, nowMs + 30_000);
    }
    const endMs = START_MS + 59 * MINUTE_MS;
    const minutes = series.points('minute', endMs);
    expect(minutes).toHaveLength(60);
    expect(minutes[7]).toMatchObject({
      startsAt: '2026-03-01T00:07:00.000Z',
      values: { counters: { requests: 7, bytesOut: 0 }, gauges: { openFeeds: { mean: 7.5, max: 8 } } },
    });
    const fives = filled(series.points('fiveMinutes', endMs));
    expect(fives.map(({ values }) => values?.counters.requests).slice(0, 2)).toEqual([10, 35]);
    expect(fives[0]?.values?.gauges.openFeeds).toEqual({ mean: 2.5, max: 5 });
    const hours = filled(series.points('hour', endMs));
    expect(hours).toHaveLength(1);
    expect(hours[0]?.values?.counters.requests).toBe((59 * 60) / 2);
    expect(hours[0]?.values?.gauges).toEqual({ openFeeds: { mean: 30, max: 60 } });
  });

  it('shows as gaps when nothing was noted, and forgets what is too old', () => {
    const series = new TimeSeries();
    series.count('requests', 1, START_MS);
    series.count('requests', 2, START_MS + 3 * MINUTE_MS);
    const shown = series.points('minute', START_MS + 4 * MINUTE_MS).slice(-5);
    expect(shown.map(({ values }) => values?.counters.requests)).toEqual([1, undefined, undefined, 2, undefined]);
    const later = START_MS + 61 * MINUTE_MS;
    expect(sumOf(series.points('minute', later), 'requests')).toBe(2);
    expect(sumOf(series.points('hour', later), 'requests')).toBe(3);
    expect(filled(series.points('hour', START_MS + 721 * HOUR_MS))).toEqual([]);
  });

  it('keeps no more than its buckets, however long it runs', () => {
    const series = new TimeSeries();
    for (let hour = 0; hour < 2_000; hour++) series.count('requests', 1, START_MS + hour * HOUR_MS);
    const nowMs = START_MS + 1_999 * HOUR_MS;
    expect(sumOf(series.points('hour', nowMs), 'requests')).toBe(RESOLUTIONS.hour.buckets);
    expect(series.stored('hour', nowMs)).toHaveLength(RESOLUTIONS.hour.buckets);
    expect(series.stored('fiveMinutes', nowMs)).toHaveLength(24);
    expect(series.stored('minute', nowMs)).toHaveLength(1);
  });

  it('goes on in the bucket where it was stored', () => {
    const before = new TimeSeries();
    before.count('requests', 3, START_MS);
    before.read('projectorLagSeconds', 4, START_MS);
    const after = new TimeSeries();
    after.restore('minute', before.stored('minute', START_MS));
    after.count('requests', 2, START_MS + 30_000);
    after.read('projectorLagSeconds', 2, START_MS + 30_000);
    expect(after.points('minute', START_MS + 40_000).at(-1)?.values).toMatchObject({
      counters: { requests: 5 },
      gauges: { projectorLagSeconds: { mean: 3, max: 4 } },
    });
    expect(before.points('minute', START_MS).at(-1)?.values?.counters.requests).toBe(3);
  });
});

describe('a recorder of series', () => {
  let folder: string;
  let store: EmbeddedStore;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'vitasync-series-'));
    store = await EmbeddedStore.create({ folder, syncWrites: false });
  });
  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('has what it had before a restart, and a gap where it was not running', async () => {
    const database = await store.open('series');
    const logger = createLogger({ level: 'error', pretty: false });
    let nowMs = START_MS;
    const open = () =>
      SeriesRecorder.open({
        database,
        serverId: 's1',
        readGauges: () => ({ openFeeds: 2, projectorLagSeconds: 0, projectorLagRevisions: 0 }),
        logger,
        nowMs: () => nowMs,
      });
    const first = await open();
    first.requestEnded({ kind: 'api', status: 200, bytesIn: 10, bytesOut: 100 });
    first.requestEnded({ kind: 'api', status: 503, bytesIn: 0, bytesOut: 50 });
    await first.close();
    nowMs += 3 * MINUTE_MS;
    const second = await open();
    second.requestEnded({ kind: 'sync_changes', status: 200, bytesIn: 0, bytesOut: 7 });
    const shown = second.points('minute').slice(-4);
    expect(shown.map(({ values }) => values?.counters.bytesOut)).toEqual([150, undefined, undefined, 7]);
    expect(shown[0]?.values).toMatchObject({
      counters: { requests: 2, serverErrors: 1, bytesIn: 10 },
      gauges: { openFeeds: { mean: 2, max: 2 } },
    });
    expect(second.points('hour').at(-1)?.values?.counters).toMatchObject({ requests: 3, bytesOut: 157 });
    await second.close();
    expect((await database.info()).docCount).toBe(0);
  });
});
