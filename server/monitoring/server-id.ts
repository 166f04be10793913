/** What this server is called among those that share a store: made once, and kept in its data folder. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const FILE_NAME = 'server-id';

/**
 * The same after each restart. A data folder that is copied for another server must be copied without this file.
 * @throws Error where the file holds no server id
 */
export async function loadServerId(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const file = path.join(dataDir, FILE_NAME);
  const id = (await readId(file)) ?? (await makeId(file));
  if (/^s[0-9a-f]{16}$/.test(id)) return id;
  throw new Error(`${file} does not hold a server id: remove it, and a new one is made at the next start`);
}

async function readId(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The name appears by a link from a complete file: a crash leaves no half of one, and of two that begin at once one makes it. */
async function makeId(file: string): Promise<string> {
  const made = `s${randomBytes(8).toString('hex')}`;
  const draft = `${file}.${made}`;
  await writeFile(draft, `${made}\n`);
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await readId(file)) ?? made;
}
