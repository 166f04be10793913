/** What the README says is so. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { describeOptions } from '../server/config.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

it('lists every option as the code declares it', () => {
  const rows = describeOptions().map(
    ({ name, default: fallback, description }) =>
      `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${description} |`,
  );
  const table = ['| variable | default | what it is |', '| --- | --- | --- |', ...rows].join('\n');
  const written = /<!-- options:begin[^>]*-->\n([\s\S]*?)\n<!-- options:end -->/.exec(readme)?.[1];
  expect(written).toBe(table);
});

it('names only scripts that exist', async () => {
  const { scripts } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = [...readme.matchAll(/npm run ([\w-]+)/g)].map(([, name]) => String(name));
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
