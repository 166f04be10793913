/** `vitasync status`, run as a process against a running server. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_PASSWORD } from '../../support/environment.ts';
import { createNetwork } from '../../support/network.ts';
import { refuseOneWrite } from '../../support/refused-write.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';
import { waitFor } from '../../support/wait-for.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
  await server.settled();
});
afterAll(() => server?.close());

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Without a terminal, as from a scheduler. */
async function vitasync(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const { VITASYNC_PASSWORD: _, VITASYNC_URL: __, ...inherited } = process.env;
  const child = spawn(process.execPath, ['server/tools/vitasync.mjs', ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    text.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text.err += chunk.toString();
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, ...text };
}

const password = { VITASYNC_PASSWORD: ADMIN_PASSWORD };
const status = (...args: readonly string[]) => vitasync(['status', '--url', server.url, ...args], password);
const sessions = async () => {
  const { items } = await server.admin.ok<{ items: { deviceId?: string }[] }>('GET', '/api/accounts/admin/sessions');
  return items.length;
};

describe('the status command', () => {
  it('prints the overview and ends with 0 where all is well, leaving no session and no device', async () => {
    await waitFor(async () => {
      const overview = await server.admin.ok<{ clinics: { count: number } }>('GET', '/api/admin/overview');
      return overview.clinics.count === 2;
    });
    const before = await sessions();
    const ended = await status();
    expect(ended.err).toBe('');
    expect(ended.out).toMatch(/^OK: All is well/);
    expect(ended.out).toMatch(/clinics.*2, 0 not heard of/);
    expect(ended.out).toMatch(/projector.*running/);
    expect(ended.status).toBe(0);
    const again = await vitasync(['status', '--json'], { ...password, VITASYNC_URL: server.url });
    expect(JSON.parse(again.out)).toMatchObject({ health: { state: 'ok' }, clinics: { count: 2 } });
    expect(again.status).toBe(0);
    expect(await sessions()).toBe(before);
    const { items } = await server.admin.ok<{ items: unknown[] }>('GET', '/api/admin/devices?q=vitasync');
    expect(items).toEqual([]);
  });

  it('ends with 1 where something is wrong, and says what', async () => {
    await refuseOneWrite(server);
    await waitFor(async () => {
      const { heldWrites } = await server.admin.ok<{ heldWrites: { open: number } }>('GET', '/api/admin/overview');
      return heldWrites.open === 1;
    });
    const ended = await status();
    expect(ended.out).toMatch(/^ATTENTION: 1 held write waits for a decision\./);
    expect(ended.out).toContain('Accept or reject them');
    expect(ended.status).toBe(1);
  });

  it('ends with 2 where the server cannot be asked, and says why', async () => {
    const wrong = await vitasync(['status', '--url', server.url], { VITASYNC_PASSWORD: 'not the password' });
    expect(wrong).toMatchObject({ status: 2, out: '' });
    expect(wrong.err).toMatch(/answered 401/);
    const nobody = createServer();
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
    const { port } = nobody.address() as AddressInfo;
    await new Promise((resolve) => nobody.close(resolve));
    const gone = await vitasync(['status', '--url', `http://127.0.0.1:${port}`], password);
    expect(gone).toMatchObject({ status: 2, out: '' });
    expect(gone.err).toMatch(/does not answer \(ECONNREFUSED\)/);
    const unasked = await vitasync(['status', '--url', server.url]);
    expect(unasked).toMatchObject({ status: 2 });
    expect(unasked.err).toMatch(/set VITASYNC_PASSWORD/);
    expect((await vitasync(['status', '--url', 'localhost:3000'], password)).err).toMatch(/is not an address/);
    expect((await vitasync(['status', '--nonsense'], password)).status).toBe(2);
  });

  it('is described by --help', async () => {
    const help = await vitasync(['--help']);
    expect(help).toMatchObject({ status: 0, err: '' });
    expect(help.out).toContain('status');
    const status = await vitasync(['status', '--help']);
    for (const option of ['--url', '--username', '--json', 'VITASYNC_PASSWORD']) expect(status.out).toContain(option);
  });
});
