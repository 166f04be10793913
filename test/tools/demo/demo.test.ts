/** `npm run demo`, as a person runs it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import nano from 'nano';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compiled } from '../../support/compiled.ts';
import { COUCHDB_URL } from '../../support/environment.ts';

/** It takes some ten seconds; this machine may be busy with other tests. */
const LIMIT_MS = 90_000;

interface Run {
  readonly code: number | null;
  readonly output: string;
}

interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Sends SIGINT, once, when this is printed. */
  readonly interruptAt?: string;
}

let temporary: string;
let running: ChildProcess | undefined;
beforeEach(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), 'vitasync-test-'));
});
afterEach(async () => {
  running?.kill('SIGKILL');
  await rm(temporary, { recursive: true, force: true });
});

async function runDemo({ args = [], env = {}, interruptAt }: RunOptions = {}): Promise<Run> {
  const child = spawn(process.execPath, [await compiled('server/tools/demo-main.ts'), ...args], {
    env: { ...process.env, TMPDIR: temporary, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let output = '';
  let interrupted = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (interrupted || interruptAt === undefined || !output.includes(interruptAt)) return;
      interrupted = child.kill('SIGINT');
    });
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

const folders = async () => (await readdir(temporary)).filter((name) => name.startsWith('vitasync-demo-'));
const databases = async () =>
  COUCHDB_URL
    ? (await nano(COUCHDB_URL.replace(/\/$/, '')).db.list()).filter((name) => /^demo[0-9a-f]{12}-/.test(name))
    : [];

describe('npm run demo', () => {
  it('tells the story, finds every tablet converged and leaves nothing behind', { timeout: LIMIT_MS }, async () => {
    const before = await databases();
    const { code, output } = await runDemo();
    expect(output).toMatch(/Outcomes seen: (\d+) of \1\n/);
    const rows = output.split('\n').filter((line) => /(PouchDB|RxDB) *│/.test(line));
    expect(rows.map((row) => row.match(/\S+/g)?.[1])).toEqual(['doctor', 'nurse', 'pharmacist', 'patient']);
    expect(rows.filter((row) => !row.includes('│ yes '))).toEqual([]);
    expect(output).toMatch(/│ nurse +│ not_author +│ Only the author may do this\./);
    expect(output).toMatch(/All converged, after \d+\.\d+ seconds/);
    expect(output).not.toContain('✗');
    expect(code).toBe(0);
    expect(await folders()).toEqual([]);
    expect(await databases()).toEqual(before);
  });

  it('removes what it made when it is interrupted, and is then no success', { timeout: LIMIT_MS }, async () => {
    const before = await databases();
    const { code, output } = await runDemo({ interruptAt: 'lose their connection' });
    expect(output).toContain('The demo stopped: interrupted');
    expect(output).not.toContain('All converged');
    expect(code).toBe(1);
    expect(await folders()).toEqual([]);
    expect(await databases()).toEqual(before);
  });

  it('says in a sentence why it can’t start', async () => {
    const env = { COUCHDB_URL: 'http://nobody:nothing@127.0.0.1:9' };
    const { code, output } = await runDemo({ env });
    expect(output).toMatch(/^The demo stopped: CouchDB at 127\.0\.0\.1:9 cannot be used/m);
    expect(await folders()).toEqual([]);
    expect(output).not.toContain('nothing');
    expect(code).toBe(1);
  });

  it('explains itself', async () => {
    const { code, output } = await runDemo({ args: ['--help'] });
    expect(output).toContain('npm run demo');
    expect(code).toBe(0);
  });
});
