/** Which files of a folder hold a text. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Too long to come about by chance in random text, and short enough to be left in one piece by compression. */
const PIECE_LENGTH = 12;

/**
 * Looks for the bytes of `text`, which should be random, or for any piece of them: compression refers back to a few bytes that
 * happened to stand there before, and leaves the rest as it is. A file that goes away meanwhile is passed over.
 */
export async function filesWith(folder: string, text: string): Promise<string[]> {
  const pieces = Array.from({ length: Math.max(1, text.length - PIECE_LENGTH + 1) }, (_, at) =>
    text.slice(at, at + PIECE_LENGTH),
  );
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const found = await Promise.all(
    files.map(async (file) => {
      const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return Buffer.alloc(0);
        throw error;
      });
      return pieces.some((piece) => content.includes(piece));
    }),
  );
  return files.filter((_, i) => found[i]);
}
