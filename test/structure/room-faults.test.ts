/** The check of the rooms finds each kind of fault, in a small tree that is made up for it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { roomFaults } from './room-faults.ts';

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

const MAP: Readonly<Record<string, string>> = {
  'shared-schemas/': 'nothing',
  'sync-rules/': '`shared-schemas`',
  'server/store/': 'nothing',
  'server/api/': '`store`, `sync-rules`',
  'server/dashboard/client/': 'only types of `api`',
  'server/*.ts': '`api`',
};
const FILES: Readonly<Record<string, string>> = {
  'shared-schemas/ids.ts': 'export type Id = string;',
  'sync-rules/rules.ts': "import type { Id } from '../shared-schemas/ids.ts';\nexport const rules = (id: Id) => id;",
  'server/store/store.ts': 'export interface Store {}',
  'server/store/style.css': 'p { color: red }',
  'server/api/routes.ts':
    "import { rules } from '../../sync-rules/rules.ts';\nimport type { Store } from '../store/store.ts';\nexport const routes = (store: Store) => [rules, store];",
  'server/dashboard/client/app.tsx':
    "import type { routes } from '../../api/routes.ts';\nimport './app.css';\nexport const app = <p>{1 as unknown as typeof routes}</p>;",
  'server/dashboard/client/app.css': '',
  'server/main.ts':
    "import { readFile } from 'node:fs';\nimport { routes } from './api/routes.ts';\nvoid [readFile, routes];",
};

async function faultsOf(
  files: Readonly<Record<string, string>> = {},
  map: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const root = await mkdtemp(path.join(tmpdir(), 'vitasync-rooms-'));
  folders.push(root);
  const rows = Object.entries({ ...MAP, ...map }).map(([place, may]) => `| \`${place}\` | a room | ${may} |`);
  const document = ['# Map', '', '| room | what it is for | may import |', '| --- | --- | --- |', ...rows, ''].join(
    '\n',
  );
  for (const [file, text] of Object.entries({ ...FILES, ...files, 'CONTRIBUTING.md': document })) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  }
  return roomFaults(root);
}

describe('the check of the rooms', () => {
  it('has nothing against a tree that is as its map says', async () => {
    expect(await faultsOf()).toEqual([]);
  });

  it.each([
    ['a value', "\nimport { routes } from '../api/routes.ts';\nvoid routes;", 2],
    ['a type', "import type { routes } from '../api/routes.ts';\nexport type Routes = typeof routes;", 1],
    ['a re-export', "\n\nexport { routes } from '../api/routes.ts';", 3],
    ['a re-export of everything', "export * from '../api/routes.ts';", 1],
    ['an import when it runs', "\nexport const late = () => import('../api/routes.ts');", 2],
    ['a type in its place', "export type Routes = typeof import('../api/routes.ts');", 1],
  ])('finds what a room may not import: %s', async (_, text, line) => {
    const faults = await faultsOf({ 'server/store/other.ts': text });
    expect(faults[0]).toBe(
      `server/store/other.ts:${line}: it imports server/api/routes.ts, and CONTRIBUTING.md does not let store import api`,
    );
  });

  it.each([
    "import { routes } from '../../api/routes.ts';\nvoid routes;",
    "import { type routes } from '../../api/routes.ts';\nexport type Routes = typeof routes;",
  ])('finds a value where only types may be imported', async (text) => {
    expect(await faultsOf({ 'server/dashboard/client/value.ts': text })).toEqual([
      'server/dashboard/client/value.ts:1: it imports server/api/routes.ts, and CONTRIBUTING.md lets dashboard/client import only types of api',
    ]);
  });

  it('finds an arrow of the map that no import needs', async () => {
    expect(await faultsOf({}, { 'server/*.ts': '`api`, `store`' })).toEqual([
      'CONTRIBUTING.md:10: *.ts may import store, and does not',
    ]);
  });

  it('finds two rooms that import each other, though the map lets them', async () => {
    const [fault, ...others] = await faultsOf(
      {
        'server/store/other.ts': "import type { routes } from '../api/routes.ts';\nexport type Routes = typeof routes;",
      },
      { 'server/store/': '`api`' },
    );
    expect(others).toEqual([]);
    expect(fault).toMatch(/^server\/\S+:\d+: rooms import each other in a circle\n/);
    expect(fault).toContain('server/store/other.ts:1 imports server/api/routes.ts');
    expect(fault).toContain('server/api/routes.ts:2 imports server/store/store.ts');
  });

  it('finds a circle of three rooms', async () => {
    const [fault, ...others] = await faultsOf(
      {
        'server/store/other.ts': "import type { rules } from '../late/late.ts';\nexport type Rules = typeof rules;",
        'server/late/late.ts': "export { routes as rules } from '../api/routes.ts';",
      },
      { 'server/store/': '`late`', 'server/late/': '`api`' },
    );
    expect(others).toEqual([]);
    expect(fault?.split('\n')).toHaveLength(4);
    expect(fault).toContain('server/late/late.ts:1 imports server/api/routes.ts');
  });

  it('finds a circle of files inside a room', async () => {
    const [fault, ...others] = await faultsOf({
      'server/store/a.ts': "import { b } from './b.ts';\nexport const a = () => b;",
      'server/store/b.ts': "import { c } from './c.ts';\nexport const b = () => c;",
      'server/store/c.ts': "import type { a } from './a.ts';\nexport const c = 1 as unknown as typeof a;",
    });
    expect(others).toEqual([]);
    expect(fault).toBe(
      [
        'server/store/a.ts:1: files import each other in a circle',
        '    server/store/a.ts:1 imports server/store/b.ts',
        '    server/store/b.ts:1 imports server/store/c.ts',
        '    server/store/c.ts:1 imports server/store/a.ts',
      ].join('\n'),
    );
  });

  it('finds a folder that is in no room, and a room that has no folder', async () => {
    expect(await faultsOf({ 'server/attic/box.ts': '' }, { 'server/cellar/': 'nothing' })).toEqual([
      'server/attic/box.ts:1: it is in no room that CONTRIBUTING.md names',
      'CONTRIBUTING.md:11: there is nothing in server/cellar',
    ]);
  });

  it('finds an import from outside all rooms', async () => {
    expect(await faultsOf({ 'server/store/out.ts': "import '../../test/help.ts';" })).toEqual([
      'server/store/out.ts:1: it imports test/help.ts, which is in no room',
    ]);
  });

  it('does not take what looks like an import in a text or a comment for one', async () => {
    const text = '// import \'../api/routes.ts\';\nexport const text = `import "../api/routes.ts"`;';
    expect(await faultsOf({ 'server/store/text.ts': text })).toEqual([]);
  });

  it('says so where a file or the map cannot be read', async () => {
    await expect(faultsOf({ 'server/store/broken.ts': 'import {' })).rejects.toThrow(
      /^server\/store\/broken\.ts cannot be parsed/,
    );
    await expect(faultsOf({}, { 'server/store/': '' })).rejects.toThrow(/^line 7: .*neither "nothing"/);
  });
});
