/** What `npm ci` brings: it is installed on the oldest Node that is promised, and runs nothing that was not looked at. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

interface Locked {
  readonly engines?: { readonly node?: string };
  readonly hasInstallScript?: true;
  readonly link?: true;
}
interface Manifest {
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly engines: { readonly node: string };
}

const read = async <T>(file: string) => JSON.parse(await readFile(file, 'utf8')) as T;
const manifest = await read<Manifest>('package.json');
const { packages } = await read<{ packages: Readonly<Record<string, Locked>> }>('package-lock.json');
const nameOf = (place: string) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Of the forms that packages use: `*`, `20`, `20.x`, `^20.1`, `>= 18`, and several of them. */
function accepts(range: string, [major, minor]: readonly [number, number]): boolean {
  return range.split('||').some((part) => {
    const [, how = '', wanted = '', least = '0'] = /^\s*(\^|>=)?\s*(\d+|\*)(?:\.(\d+))?/.exec(part) ?? [];
    if (wanted === '*') return true;
    if (major === Number(wanted)) return minor >= Number(least);
    return how === '>=' && major > Number(wanted);
  });
}

describe('what npm ci installs', () => {
  it.each([
    ['>=20.19', true],
    ['^20.0.0 || >=24', true],
    ['20.x', true],
    ['*', true],
    ['>= 22', false],
    ['^22.0.0 || ^24.0.0', false],
    ['>=20.20', false],
  ])('and needs Node %s is taken for right: %s', (range, isRight) => {
    expect(accepts(range, [20, 19])).toBe(isRight);
  });

  it('needs no later Node than the project', () => {
    expect(manifest.engines.node).toBe('>=20.19');
    const tooNew = Object.entries(packages).filter(([, { engines }]) => !accepts(engines?.node ?? '*', [20, 19]));
    expect(tooNew.map(([place]) => place)).toEqual([]);
  });

  it('has install scripts only where package.json allows them', () => {
    const scripts = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
    expect([...new Set(scripts.map(([place]) => nameOf(place)))].sort()).toEqual(Object.keys(manifest.allowScripts));
  });

  it('has nothing in it that reports installations', () => {
    const scarf = Object.entries(packages).filter(([place]) => place.endsWith('node_modules/@scarf/scarf'));
    expect(scarf.map(([, { link }]) => link)).toEqual([true]);
  });
});
