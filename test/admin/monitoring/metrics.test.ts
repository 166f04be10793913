import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { Metrics, type MetricsSources } from '../../../server/admin/monitoring/metrics.ts';
import { type MeteredRequest, requestMeter, syncKindOf } from '../../../server/http/request-meter.ts';

const QUIET: MetricsSources = {
  lag: () => ({ pending: 3, lagSeconds: 1.5, failing: false }),
  build: () => ({ databases: ['nurse-north', 'nurse-south'], done: 30, total: 120 }),
  openFeeds: () => 4,
  devicesSeen: () => 5,
};
const contact = {
  principal: { userId: 'u-secret', role: 'nurse', clinicId: 'clinic-secret', deviceId: 'd-secret' },
  database: 'nurse-clinic-secret',
  source: 'vitasync-nurse-clinic-secret-e01234567',
  type: undefined,
  userAgent: 'agent-secret',
} as const;

describe('metrics', () => {
  it('tell what happened, and name nobody', async () => {
    const metrics = new Metrics(QUIET);
    metrics.requestEnded({ kind: 'sync_changes', status: 200, bytesIn: 0, bytesOut: 10 });
    metrics.requestEnded({ kind: 'sync_changes', status: 204, bytesIn: 5, bytesOut: 0 });
    metrics.requestEnded({ kind: 'api', status: 503, bytesIn: 0, bytesOut: 1 });
    metrics.observe(contact, { kind: 'documents_sent', count: 7 });
    metrics.observe(contact, {
      kind: 'documents_pushed',
      count: 3,
      stored: 1,
      refused: ['not_author', 'not_author'],
      newestUpdatedAt: undefined,
      namedByContent: false,
    });
    const text = await metrics.text();
    for (const line of [
      'vitasync_http_requests_total{kind="sync_changes",status="2xx"} 2',
      'vitasync_http_requests_total{kind="api",status="5xx"} 1',
      'vitasync_http_body_bytes_total{direction="out"} 11',
      'vitasync_sync_documents_total{direction="in"} 3',
      'vitasync_sync_documents_total{direction="out"} 7',
      'vitasync_sync_refused_writes_total{code="not_author"} 2',
      'vitasync_projector_lag_seconds 1.5',
      'vitasync_projector_lag_revisions 3',
      'vitasync_sync_open_feeds 4',
      'vitasync_devices_seen 5',
      'vitasync_builds_running 2',
      'vitasync_build_progress_ratio 0.25',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toContain('secret');
    expect(metrics.contentType).toContain('text/plain');
  });

  it('are of one server each', async () => {
    const [one, other] = [new Metrics(QUIET), new Metrics(QUIET)];
    one.requestEnded({ kind: 'api', status: 200, bytesIn: 0, bytesOut: 0 });
    expect(await other.text()).not.toContain('kind="api"');
  });
});

describe('the request meter', () => {
  it('measures what a client sends and is sent', async () => {
    const ended: MeteredRequest[] = [];
    const app = express().disable('etag');
    app.use(requestMeter(syncKindOf, [(request) => ended.push(request)]), express.json());
    app.post('/db/_bulk_docs', (_request, response) => {
      response.status(201).write('\n');
      response.write(Buffer.from('ä'));
      response.end('é…');
    });
    app.get('/db/:id', (_request, response) => void response.json({ ok: true }));
    const http = createServer(app);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    try {
      const body = JSON.stringify({ docs: ['ü'] });
      const headers = { 'content-type': 'application/json' };
      const pushed = await fetch(`${url}/db/_bulk_docs`, { method: 'POST', headers, body });
      const read = await fetch(`${url}/db/one`);
      const lengths = [(await pushed.arrayBuffer()).byteLength, (await read.arrayBuffer()).byteLength];
      await fetch(`${url}/nothing/at/all`).then((response) => response.text());
      expect(ended.slice(0, 2)).toEqual([
        { kind: 'sync_bulk_docs', status: 201, bytesIn: Buffer.byteLength(body), bytesOut: lengths[0] },
        { kind: 'sync_other', status: 200, bytesIn: 0, bytesOut: lengths[1] },
      ]);
      expect(ended[2]).toMatchObject({ status: 404 });
    } finally {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    }
  });
});
