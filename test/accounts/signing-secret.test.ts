import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSigningSecret } from '../../server/accounts/signing-secret.ts';

let parent: string;
let dataDir: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'vitasync-secret-'));
  dataDir = path.join(parent, 'data');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

describe('loadSigningSecret', () => {
  it('uses the configured secret and leaves the disk alone', async () => {
    expect(await loadSigningSecret(dataDir, 'x'.repeat(32))).toBe('x'.repeat(32));
    expect(await readdir(parent)).toEqual([]);
  });

  it('generates a secret that only its owner can read, and keeps it', async () => {
    const secret = await loadSigningSecret(dataDir, undefined);
    expect(secret.length).toBeGreaterThanOrEqual(43);
    expect(await modeOf(dataDir)).toBe(0o700);
    expect(await modeOf(path.join(dataDir, 'jwt-secret'))).toBe(0o600);
    expect(await loadSigningSecret(dataDir, undefined)).toBe(secret);
    expect(await readdir(dataDir)).toEqual(['jwt-secret']);
  });

  it('gives all of several starts at once the same secret', async () => {
    const secrets = await Promise.all(Array.from({ length: 20 }, () => loadSigningSecret(dataDir, undefined)));
    expect(new Set(secrets).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['jwt-secret']);
  });

  it('refuses a file without a secret instead of replacing it', async () => {
    await loadSigningSecret(dataDir, undefined);
    const file = path.join(dataDir, 'jwt-secret');
    await writeFile(file, '');
    await expect(loadSigningSecret(dataDir, undefined)).rejects.toThrow(/does not hold a secret/);
  });
});
