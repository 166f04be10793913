/** Which files of a folder hold a text. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Looks for the bytes as they are: `text` should be random, which compression leaves alone. A file that goes away meanwhile
 * is passed over.
 */
export async function filesWith(folder: string, text: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const found = await Promise.all(
    files.map(async (file) => {
      const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return Buffer.alloc(0);
        throw error;
      });
      return content.includes(text);
    }),
  );
  return files.filter((_, i) => found[i]);
}
