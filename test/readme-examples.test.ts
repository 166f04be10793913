/** Runs the examples of the README's REST section as they stand, and compares what they print with what it shows. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN_PASSWORD } from './support/environment.ts';
import { startServer, type TestServer } from './support/test-server.ts';

const run = promisify(execFile);
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const section = /<!-- rest-examples:begin[^>]*-->\n([\s\S]*?)\n<!-- rest-examples:end -->/.exec(readme)?.[1] ?? '';

interface Example {
  readonly script: string;
  /** What the README shows below it, one value a statement. */
  readonly shown: string;
}
const examples: Example[] = [...section.matchAll(/```bash\n([\s\S]*?)```(?:\n\n```json\n([\s\S]*?)```)?/g)].map(
  ([, script = '', shown = '']) => ({ script, shown }),
);

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startServer();
  folder = await mkdtemp(path.join(tmpdir(), 'vitasync-readme-'));
});
afterAll(async () => {
  await server?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Values printed one after the other: JSON where it is, else a line of text. */
function valuesOf(text: string): unknown[] {
  const values: unknown[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const end = endOfValue(rest);
    const value = rest.slice(0, end).trim();
    values.push(value.startsWith('{') ? JSON.parse(value) : value);
    rest = rest.slice(end).trim();
  }
  return values;
}

function endOfValue(text: string): number {
  if (!text.startsWith('{')) return text.includes('\n') ? text.indexOf('\n') : text.length;
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{') depth++;
    else if (token === '}') depth--;
    if (depth === 0) return index + 1;
  }
  throw new Error(`no end: ${text}`);
}

/** A pattern as an expectation: the text "…" is anything, and as a key any further fields. */
function expectation(pattern: unknown): unknown {
  if (pattern === '…') return expect.anything();
  if (Array.isArray(pattern)) return pattern.map(expectation);
  if (typeof pattern !== 'object' || pattern === null) return pattern;
  const { '…': open, ...fields } = pattern as Record<string, unknown>;
  const expected = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, expectation(value)]));
  return open === undefined ? expected : expect.objectContaining(expected);
}

it('shows what its examples print', async () => {
  expect(examples.length).toBeGreaterThan(8);
  // The only thing that differs from a first start: where the server listens.
  const elsewhere = `curl() { command curl "\${@//http:\\/\\/localhost:3000/${server.url.replaceAll('/', '\\/')}}"; }`;
  const mark = (n: number) => `echo; echo "=== example ${n} ==="`;
  const script = ['set -euo pipefail', elsewhere, ...examples.flatMap((example, n) => [mark(n), example.script])].join(
    '\n',
  );
  const { stdout } = await run('bash', ['-c', script], {
    cwd: folder,
    env: { ...process.env, ADMIN_PASSWORD },
    maxBuffer: 10_000_000,
  });
  const printed = stdout.split(/\n=== example \d+ ===\n/).slice(1);
  expect(printed).toHaveLength(examples.length);
  for (const [n, { script: text, shown }] of examples.entries()) {
    expect(valuesOf(printed[n] ?? ''), text).toEqual(valuesOf(shown).map(expectation));
  }
});
