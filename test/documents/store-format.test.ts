/** A version that does not know how the store is written does not start on it. */
import { describe, expect, it } from 'vitest';
import { DocumentTable } from '../../server/store/document-table.ts';
import { createEnvironment } from '../support/environment.ts';
import { startServer } from '../support/test-server.ts';

describe('a store', () => {
  it('of a later version is not written to, which is said in words', async () => {
    const environment = await createEnvironment();
    const server = await startServer({ environment });
    const formats = new DocumentTable<{ format: number }>(server.core.registry, 'store:');
    const format = (await formats.get('format'))?.format ?? 0;
    expect(format).toBeGreaterThan(1);
    await formats.update('format', () => ({ format: format + 1 }));
    await server.stop();
    await expect(startServer({ environment })).rejects.toThrow(
      /^A later version of VitaSync has written to this store/,
    );
    await environment.remove();
  });

  it('keeps the key of its revisions', async () => {
    const environment = await createEnvironment();
    const keys: unknown[] = [];
    for (let start = 0; start < 2; start++) {
      const server = await startServer({ environment });
      keys.push((await new DocumentTable<{ key: string }>(server.core.registry, 'key:').get('revisions'))?.key);
      await server.stop();
    }
    expect(keys[0]).toMatch(/^[\w-]{43}$/);
    expect(keys[1]).toBe(keys[0]);
    await environment.remove();
  });
});
