/** How much room a folder takes on disk, with everything in it. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Looked at together: a folder of thousands of databases must not take all of the file system's threads. */
const AT_ONCE = 16;

/** Files that go away meanwhile count as nothing. A folder that is not there is empty. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  let bytes = 0;
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    const sizes = await Promise.all(
      entries.slice(at, at + AT_ONCE).map((entry) => {
        const location = path.join(folder, entry.name);
        return entry.isDirectory() ? folderBytes(location) : fileBytes(location);
      }),
    );
    bytes += sizes.reduce((sum, size) => sum + size, 0);
  }
  return bytes;
}

const fileBytes = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );
