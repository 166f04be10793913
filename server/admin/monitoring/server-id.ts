/** What this server is called among those that share a store: made once, and kept in its data folder. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { generatedFile } from '../../lib/generated-file.ts';

const FILE_NAME = 'server-id';

/**
 * The same after each restart. A data folder that is copied for another server must be copied without this file.
 * @throws Error where the file holds no server id
 */
export async function loadServerId(dataDir: string): Promise<string> {
  const file = path.join(dataDir, FILE_NAME);
  const id = await generatedFile(file, () => `s${randomBytes(8).toString('hex')}`);
  if (/^s[0-9a-f]{16}$/.test(id)) return id;
  throw new Error(`${file} does not hold a server id: remove it, and a new one is made at the next start`);
}
