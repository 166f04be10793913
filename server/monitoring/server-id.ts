/** What this server is called among those that share a store: made once, and kept in its data folder. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const FILE_NAME = 'server-id';

/** The same after each restart. A folder that is copied to another server must be copied without it. */
export async function loadServerId(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const file = path.join(dataDir, FILE_NAME);
  const made = `s${randomBytes(8).toString('hex')}`;
  await writeFile(file, `${made}\n`, { flag: 'wx' }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  const id = (await readFile(file, 'utf8')).trim();
  if (/^s[0-9a-f]{16}$/.test(id)) return id;
  throw new Error(`${file} does not hold a server id: remove it, and a new one is made at the next start`);
}
