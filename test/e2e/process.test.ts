/** The process as an engineer meets it: started, asked for its health, started wrongly. */

import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.ts';
import { compiled } from '../support/compiled.ts';
import { createEnvironment } from '../support/environment.ts';
import { startServerProcess } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

/** Runs the server until it ends by itself. */
async function runToEnd(
  env: NodeJS.ProcessEnv,
  args: readonly string[] = [],
): Promise<{ status: number | null; printed: string }> {
  const child = spawn(process.execPath, [await compiled('server/main.ts'), ...args], {
    env: { ...process.env, ...env },
    stdio: 'pipe',
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { status, printed };
}

describe('a first start', () => {
  it('creates an administrator, prints the generated password once, and keeps its secret to itself', async () => {
    const environment = await createEnvironment({ VITASYNC_ADMIN_PASSWORD: '' });
    const first = await startServerProcess(environment);
    const password = /Password \(shown this once\): (\S+)/.exec(first.output())?.[1] ?? '';
    expect(password.length).toBeGreaterThanOrEqual(20);
    const { principal } = await new ApiClient(first.url).login('admin', password);
    expect(principal.role).toBe('admin');
    expect((await stat(path.join(environment.folder, 'jwt-secret'))).mode & 0o777).toBe(0o600);
    expect(await first.kill('SIGTERM')).toBe(0);
    const second = await startServerProcess(environment);
    expect(second.output()).not.toContain('Password');
    await new ApiClient(second.url).login('admin', password);
    await second.kill('SIGTERM');
    await environment.remove();
  });

  it('says where everything is, and answers for its health', async () => {
    const environment = await createEnvironment();
    const server = await startServerProcess(environment);
    for (const part of ['/api', '/sync', '/readyz']) expect(server.output()).toContain(`${server.url}${part}`);
    expect(server.output()).toMatch(/warning\s+VITASYNC_PUBLIC_URL is not set/);
    expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ status: 'ok' });
    const ready = await fetch(`${server.url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      status: 'ok',
      checks: { store: { ok: true }, projector: { ok: true } },
    });
    await server.kill('SIGTERM');
    await environment.remove();
  });
});

it('says nothing of its public address where it is set', async () => {
  const environment = await createEnvironment({ VITASYNC_PUBLIC_URL: 'http://127.0.0.1:1' });
  const server = await startServerProcess(environment);
  expect(server.output()).not.toContain('VITASYNC_PUBLIC_URL');
  await server.kill('SIGTERM');
  await environment.remove();
});

describe('npm start', () => {
  it('passes SIGTERM on: the server ends its work, exits with 0 and leaves the data folder to the next', async () => {
    const environment = await createEnvironment();
    const npm = spawn('npm', ['start'], { env: { ...process.env, ...environment.env }, stdio: 'pipe' });
    const ended = new Promise<number | null>((resolve) => npm.once('exit', resolve));
    let printed = '';
    npm.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const url = await waitFor(() => /REST API\s+(http\S+)\/api/.exec(printed)?.[1], {
      what: 'npm start serving',
      timeoutMs: 90_000,
    });
    npm.kill('SIGTERM');
    expect(await ended).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    const next = await startServerProcess(environment);
    expect(await next.kill('SIGTERM')).toBe(0);
    await environment.remove();
  });
});

describe('a start that can not be', () => {
  it('on a data folder that another server has, says so and stops', async () => {
    // On CouchDB any number of servers may share the databases.
    const environment = await createEnvironment({ COUCHDB_URL: '' });
    const first = await startServerProcess(environment);
    const second = await runToEnd(environment.env);
    expect(second.status).toBe(1);
    expect(second.printed).toContain('in use by another VitaSync process');
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    await first.kill('SIGTERM');
    await environment.remove();
  });

  it('with a wrong configuration lists all faults, without values', async () => {
    const { status, printed } = await runToEnd({
      PORT: 'many',
      VITASYNC_JWT_SECRET: 'short',
      COUCHDB_URL: 'ftp://user:hunter2@host',
    });
    expect(status).toBe(1);
    for (const name of ['PORT', 'VITASYNC_JWT_SECRET', 'COUCHDB_URL']) expect(printed).toContain(name);
    expect(printed).not.toContain('hunter2');
    expect(printed).not.toContain('    at ');
  });

  it('without its CouchDB says what to check', async () => {
    const environment = await createEnvironment({ COUCHDB_URL: 'http://admin:hunter2@127.0.0.1:9' });
    const { status, printed } = await runToEnd(environment.env);
    expect(status).toBe(1);
    expect(printed).toContain('COUCHDB_URL');
    expect(printed).not.toContain('hunter2');
  });

  it('on a port that is taken says so', async () => {
    const [one, other] = [await createEnvironment(), await createEnvironment()];
    const first = await startServerProcess(one);
    const { status, printed } = await runToEnd({ ...other.env, PORT: new URL(first.url).port });
    expect(status).toBe(1);
    expect(printed).toContain('The port is in use');
    await first.kill('SIGTERM');
    await one.remove();
    await other.remove();
  });
});
