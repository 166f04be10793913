/** The project's own documents: README.md and whatever else is written for people. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const NOT_OURS = new Set(['node_modules', '.git', 'data']);
/** Where a folder of that name is ours. */
const OURS = 'server/tools/demo/data';

export interface ProjectDocument {
  /** From the root of the project, with slashes. */
  readonly file: string;
  readonly text: string;
}

export async function readDocument(file: string): Promise<ProjectDocument> {
  return { file, text: await readFile(path.join(PROJECT, file), 'utf8') };
}

/** Every Markdown file of the project. */
export async function projectDocuments(folder = ''): Promise<ProjectDocument[]> {
  const entries = await readdir(path.join(PROJECT, folder), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const file = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return NOT_OURS.has(entry.name) && file !== OURS ? [] : await projectDocuments(file);
      return file.endsWith('.md') ? [await readDocument(file)] : [];
    }),
  );
  return found.flat();
}

/** What stands between the comments `<!-- <name>:begin … -->` and `<!-- <name>:end -->`. */
export function sectionOf({ file, text }: ProjectDocument, name: string): string {
  const section = new RegExp(`<!-- ${name}:begin[^>]*-->\\n([\\s\\S]*?)\\n<!-- ${name}:end -->`).exec(text)?.[1];
  if (section === undefined) throw new Error(`${file} has no section ${name}`);
  return section;
}
