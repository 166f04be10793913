/** What the project's documents say is so. */
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeOptions } from '../server/config.ts';
import { PROJECT, type ProjectDocument, projectDocuments, readDocument, sectionOf } from './support/documents.ts';

const documents = await projectDocuments();
const MAX_README_LINES = 200;

it('README.md is short enough for a newcomer', async () => {
  const { text } = await readDocument('README.md');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_README_LINES);
});

it('lists every option as the code declares it', async () => {
  const rows = describeOptions().map(
    ({ name, default: fallback, description }) =>
      `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${description} |`,
  );
  const table = ['| variable | default | what it is |', '| --- | --- | --- |', ...rows].join('\n');
  expect(sectionOf(await readDocument('server/operations/README.md'), 'options')).toBe(table);
});

it('names only scripts that exist', async () => {
  const { scripts } = JSON.parse(await readFile(path.join(PROJECT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = documents.flatMap(({ text }) =>
    [...text.matchAll(/npm run ([\w-]+)/g)].map(([, name]) => String(name)),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

/** As GitHub makes an anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');
const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
const anchorsOf = (text: string): string[] =>
  [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(String(heading)));
const isThere = (file: string): Promise<boolean> =>
  access(path.join(PROJECT, file)).then(
    () => true,
    () => false,
  );

/** The links of a document that lead nowhere in the project. */
async function brokenLinks({ file, text }: ProjectDocument): Promise<string[]> {
  const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => String(target));
  const own = targets.filter((target) => !/^[a-z]+:/.test(target));
  const broken = await Promise.all(
    own.map(async (target) => {
      const [name = '', anchor] = target.split('#');
      const to = name === '' ? file : path.posix.join(path.posix.dirname(file), name);
      if (!(await isThere(to))) return [target];
      if (anchor === undefined) return [];
      return anchorsOf((await readDocument(to)).text).includes(anchor) ? [] : [target];
    }),
  );
  return broken.flat();
}

/** The paths that a document names, as far as they name one file or folder. */
const namedPaths = ({ text }: ProjectDocument): string[] =>
  [...text.matchAll(/(?<![\w/.<…-])((?:server|test|shared-schemas|sync-rules)\/[\w./-]*\w)(?![\w/<…*])/g)].map(
    ([, name]) => String(name),
  );

describe('documents', () => {
  it('are where they are looked for', () => {
    const files = documents.map(({ file }) => file);
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'server/tools/demo/data/README.md']),
    );
    expect(files.some((file) => file.startsWith('node_modules/'))).toBe(false);
  });

  it.each(documents)('$file has only links that lead somewhere', async (document) => {
    expect(await brokenLinks(document)).toEqual([]);
  });

  it.each(documents)('$file names only files and folders that are there', async (document) => {
    const named = [...new Set(namedPaths(document))];
    const there = await Promise.all(named.map(isThere));
    expect(named.filter((_, i) => !there[i])).toEqual([]);
  });

  it('are found wrong where they are', async () => {
    const wrong =
      '[a](nowhere.md) [b](README.md#no-such-heading) [c](README.md#start) [d](https://example.org) `[e](nowhere)`';
    expect(await brokenLinks({ file: 'README.md', text: wrong })).toEqual(['nowhere.md', 'README.md#no-such-heading']);
    expect(
      namedPaths({
        file: '',
        text: '`server/gone.ts`, see server/<thing>.ts, server/*.ts and [x](server/api/README.md).',
      }),
    ).toEqual(['server/gone.ts', 'server/api/README.md']);
  });
});
