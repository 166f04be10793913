/** The alert rules and the Grafana dashboard name only metrics and labels that a running server has. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNetwork } from '../../support/network.ts';
import { refuseOneWrite } from '../../support/refused-write.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';

const TOKEN = 'a-token-for-the-scraper';
const FILES = ['server/operations/prometheus/alerts.yml', 'server/operations/grafana/dashboard.json'];
const METRIC = /\b(?:vitasync|process|nodejs)_[a-z0-9_]+/g;

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { VITASYNC_METRICS_TOKEN: TOKEN } });
  await createNetwork(server.admin);
  // Metrics with labels come into being with what they count.
  await refuseOneWrite(server);
});
afterAll(() => server?.close());

const scrape = async () =>
  (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).text();
const value = (text: string, name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);

describe.each(FILES)('%s', (file) => {
  it('names only metrics that there are', async () => {
    const [text, metrics] = [await readFile(file, 'utf8'), await scrape()];
    const there = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const named = new Set([...text.matchAll(METRIC)].map(([name]) => name));
    expect(named.size).toBeGreaterThan(8);
    expect([...named].filter((name) => !there.has(name))).toEqual([]);
    expect(there).toContain('vitasync_http_requests_total');
  });

  it('names only labels that they have', async () => {
    const [text, metrics] = [await readFile(file, 'utf8'), await scrape()];
    const asked = [...text.matchAll(/by \((\w+)\) \((?:\w+\()?(\w+)/g)].map(([, label, name]) => ({ label, name }));
    for (const { label, name } of asked) {
      if (label === 'instance') continue;
      expect(metrics).toMatch(new RegExp(`^${name}\\{[^}]*${label}="`, 'm'));
    }
  });
});

it('the health of the network is among the metrics, as it is', async () => {
  const metrics = await waitFor(async () => {
    const text = await scrape();
    return value(text, 'vitasync_held_writes_open') === 1 ? text : undefined;
  });
  expect(value(metrics, 'vitasync_store_reachable')).toBe(1);
  expect(value(metrics, 'vitasync_projector_paused')).toBe(0);
  expect(value(metrics, 'vitasync_devices_silent')).toBe(0);
  expect(value(metrics, 'vitasync_devices_enrolled')).toBeGreaterThanOrEqual(2);
  expect(value(metrics, 'vitasync_data_disk_free_bytes')).toBeGreaterThan(0);
  expect(metrics).toMatch(/^vitasync_role_databases\{state="serving"\} 7$/m);
  await waitFor(async () => value(await scrape(), 'vitasync_role_database_documents') > 0, {
    what: 'the figures of the role databases',
  });
  for (const name of ['north', 'nurse-', 'Outreach']) expect(await scrape()).not.toContain(name);
});
