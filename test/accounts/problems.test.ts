import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import express from 'express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { healthRouter, type ReadinessChecks } from '../../server/api/health-routes.ts';
import { HttpError } from '../../server/http/errors.ts';
import { problemHandler, unknownApiRoute } from '../../server/http/problem.ts';
import { createLogger } from '../../server/lib/logger.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listen(app: express.Express): Promise<string> {
  const server = app.listen(0, '127.0.0.1');
  closing.push(() => void server.close().closeAllConnections());
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function capturingLogger({ pretty = false } = {}) {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const logger = createLogger({ level: 'trace', pretty, destination });
  return { logger, lines, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

async function failing(thrown: unknown) {
  const { logger, lines, entries } = capturingLogger();
  const app = express();
  app.get('/api/fail', () => {
    throw thrown;
  });
  app.use('/api', unknownApiRoute, problemHandler(logger));
  const url = await listen(app);
  const response = await fetch(`${url}/api/fail?name=Jane`);
  return { response, problem: (await response.json()) as Record<string, unknown>, lines, entries };
}

describe('problems', () => {
  it('have a type, a title, a status, a code, a detail and what else the error carries', async () => {
    const thrown = new HttpError('clinic_required', { extra: { clinicIds: ['north'] } });
    const { response, problem } = await failing(thrown);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(problem).toEqual({
      type: 'urn:vitasync:problem:clinic_required',
      title: 'Bad Request',
      status: 400,
      code: 'clinic_required',
      detail: expect.stringContaining('clinicId'),
      clinicIds: ['north'],
    });
  });

  it('of the server tell the client nothing, and the log the stack without the properties of the error', async () => {
    const thrown = Object.assign(new Error('disk on fire'), { body: '{"diagnosis":"flu"}' });
    const { response, problem, lines, entries } = await failing(thrown);
    expect(response.status).toBe(500);
    expect(JSON.stringify(problem)).not.toMatch(/fire|stack|at /);
    expect(entries()[0]).toMatchObject({ level: 50, method: 'GET', path: '/api/fail', code: 'internal_error' });
    expect(lines.join()).toMatch(/disk on fire.*problems\.test/);
    expect(lines.join()).not.toMatch(/flu|Jane/);
  });

  it('of the client are logged at their own level without a stack', async () => {
    const { entries } = await failing(new HttpError('not_found'));
    expect(entries()).toEqual([expect.objectContaining({ level: 20, code: 'not_found', status: 404 })]);
    expect(entries()[0]).not.toHaveProperty('err');
  });

  it('also answer what is thrown that is no error', async () => {
    expect((await failing('text')).problem.code).toBe('internal_error');
    expect((await failing({})).problem.code).toBe('internal_error');
  });
});

describe('the logger', () => {
  it('writes no secrets and no documents, however deep they stand', () => {
    const { logger, lines } = capturingLogger();
    const leaks = { password: 'hunter2', refreshToken: 'hunter2', body: 'hunter2', authorization: 'hunter2' };
    logger.info({ ...leaks, login: leaks, a: { b: { c: leaks } }, req: { headers: leaks, method: 'GET' } }, 'hello');
    logger.child({ token: 'hunter2', part: 'auth' }).info('hello again');
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toMatch(/hunter2/);
    expect(lines[1]).toMatch(/"part":"auth"/);
  });

  it('writes lines for people where asked', async () => {
    const { logger, lines } = capturingLogger({ pretty: true });
    logger.info({ count: 3 }, 'hello');
    await vi.waitFor(() => expect(lines.join('')).toMatch(/INFO.*hello[\s\S]*count/));
  });
});

describe('health', () => {
  const ready = async (checks: () => Promise<ReadinessChecks>) => {
    const app = express();
    app.use(healthRouter(checks), problemHandler(createLogger({ level: 'silent', pretty: false })));
    const url = await listen(app);
    const [alive, answer] = await Promise.all([fetch(`${url}/healthz`), fetch(`${url}/readyz`)]);
    expect(await alive.json()).toEqual({ status: 'ok' });
    return { status: answer.status, body: await answer.json() };
  };

  it('is ok where all checks are', async () => {
    const checks = { store: { ok: true }, projector: { ok: true, lagSeconds: 0, pending: 0 } };
    expect(await ready(async () => checks)).toEqual({ status: 200, body: { status: 'ok', checks } });
  });

  it('is unavailable where one is not', async () => {
    const checks = { store: { ok: true }, projector: { ok: false, lagSeconds: 90, pending: 1_200 } };
    expect(await ready(async () => checks)).toEqual({ status: 503, body: { status: 'unavailable', checks } });
  });
});
