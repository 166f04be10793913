/**
 * Programs that tests start as processes of their own, compiled once: to read TypeScript anew at each start takes longer than most
 * of these tests. That the server starts from its sources, by `npm start`, has its own test (test/e2e/process.test.ts).
 */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAMS = [
  'server/main.ts',
  'server/tools/demo-main.ts',
  'server/tools/import-main.ts',
  'server/tools/status-main.ts',
  'test/api/lists/list-index-process.ts',
  'test/store/lease-holder-process.ts',
  'test/support/rxdb-device-process.ts',
] as const;
export type Program = (typeof PROGRAMS)[number];

/** Files that a module finds beside itself are found where they are. */
const ownAddress: Plugin = {
  name: 'own-address',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8')).replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href)),
      loader: 'ts',
    }));
  },
};

let folder: Promise<string> | undefined;

/** The path of what `node` runs instead of the program. Compiles all of them the first time it is asked in a process. */
export async function compiled(program: Program): Promise<string> {
  folder ??= compileAll();
  return path.join(await folder, program.replace(/\.ts$/, '.mjs'));
}

/** Within the project, so that packages are found. */
async function newFolder(): Promise<string> {
  const cache = path.join(ROOT, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  return mkdtemp(path.join(cache, 'vitasync-programs-'));
}

/** For a run of tests, whose processes are ended without a word: they compile into one folder, which goes when the run is over. */
export async function setup(): Promise<() => Promise<void>> {
  const shared = await newFolder();
  process.env.VITASYNC_TEST_PROGRAMS = shared;
  return () => rm(shared, { recursive: true, force: true });
}

async function folderOfProcess(): Promise<string> {
  const shared = process.env.VITASYNC_TEST_PROGRAMS;
  if (shared !== undefined) return path.join(shared, String(process.pid));
  const own = await newFolder();
  process.once('exit', () => rmSync(own, { recursive: true, force: true }));
  return own;
}

async function compileAll(): Promise<string> {
  const outdir = await folderOfProcess();
  await build({
    absWorkingDir: ROOT,
    entryPoints: [...PROGRAMS],
    outdir,
    outbase: ROOT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    target: `node${process.versions.node}`,
    format: 'esm',
    sourcemap: 'inline',
    plugins: [ownAddress],
    logLevel: 'warning',
  });
  return outdir;
}
