/** Runs the REST examples of the documents as they stand, and compares what they print with what the documents show. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readDocument, sectionOf } from './support/documents.ts';
import { ADMIN_PASSWORD } from './support/environment.ts';
import { startServer, type TestServer } from './support/test-server.ts';

const run = promisify(execFile);

interface Example {
  readonly script: string;
  /** What the document shows below it, one value a statement. */
  readonly shown: string;
}

async function examplesOf(file: string, name: string): Promise<Example[]> {
  const section = sectionOf(await readDocument(file), name);
  return [...section.matchAll(/```bash\n([\s\S]*?)```(?:\n\n```json\n([\s\S]*?)```)?/g)].map(
    ([, script = '', shown = '']) => ({ script, shown }),
  );
}

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

it.each([
  { file: 'README.md', section: 'first-rest-call', more: 0 },
  { file: 'server/api/README.md', section: 'rest-examples', more: 8 },
])('$file shows what its examples print', async ({ file, section, more }) => {
  const examples = await examplesOf(file, section);
  expect(examples.length).toBeGreaterThan(more);
  // All that differs from a first start: where the server listens, and the password.
  const elsewhere = `curl() { command curl "\${@//http:\\/\\/localhost:3000/${server.url.replaceAll('/', '\\/')}}"; }`;
  const mark = (n: number) => `echo; echo "=== example ${n} ==="`;
  const script = ['set -euo pipefail', elsewhere, ...examples.flatMap((example, n) => [mark(n), example.script])]
    .join('\n')
    .replaceAll('THE-PRINTED-PASSWORD', ADMIN_PASSWORD);
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
