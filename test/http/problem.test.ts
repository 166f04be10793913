/** What a request is answered that failed for no reason of its own. */
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { StoreWatch } from '../../server/admin/monitoring/health-store.ts';
import { problemHandler } from '../../server/http/problem.ts';
import { createLogger } from '../../server/lib/logger.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Every request fails, on a server whose store answers or does not. */
async function failing(ping: () => Promise<void>): Promise<Response> {
  const watch = new StoreWatch({ store: { ping }, nowMs: Date.now });
  const app = express();
  app.use(() => {
    throw new Error('what it was is for the log');
  });
  app.use(problemHandler(createLogger({ level: 'silent', pretty: false }), watch));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  ends.push(() => {
    watch.close();
    server.close();
  });
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

describe('a request that fails', () => {
  it('is answered that the store is away, where it is', async () => {
    const response = await failing(() => Promise.reject(new Error('away')));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    const problem = (await response.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({ code: 'store_unavailable', downSince: expect.stringMatching(/^\d{4}-/) });
    expect(JSON.stringify(problem)).not.toContain('for the log');
  });

  it('is a fault of the server where the store answers', async () => {
    const response = await failing(() => Promise.resolve());
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ code: 'internal_error' });
  });
});
