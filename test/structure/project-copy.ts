/** A copy of the project in a folder of its own, to be changed as a contributor would change it. */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PROJECT, readDocument } from '../support/documents.ts';

export class ProjectCopy {
  readonly folder: string;
  /** The files that were changed. */
  readonly changed = new Set<string>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** `more`: files that are copied beside the code and what is needed to run it. */
  static async make(...more: readonly string[]): Promise<ProjectCopy> {
    // The compiler names files by their real place.
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'vitasync-copy-')));
    const files = ['shared-schemas', 'sync-rules', 'server', 'package.json', 'tsconfig.json', ...more];
    for (const file of files) await cp(path.join(PROJECT, file), path.join(folder, file), { recursive: true });
    await symlink(await realpath(path.join(PROJECT, 'node_modules')), path.join(folder, 'node_modules'));
    return new ProjectCopy(folder);
  }

  /** Puts `text` before the place that begins with `before`, of which there must be exactly one. */
  async insert(file: string, before: string, text: string): Promise<void> {
    await this.replace(file, before, `${text}${before}`);
  }

  async replace(file: string, old: string, text: string): Promise<void> {
    const name = path.join(this.folder, file);
    const parts = (await readFile(name, 'utf8')).split(old);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places that read ${old}`);
    await writeFile(name, parts.join(text));
    this.changed.add(file);
  }

  /** Runs a command of Node there; answers what it printed, and its exit status. */
  run(...args: readonly string[]): Promise<{ readonly status: number | null; readonly printed: string }> {
    const child = spawn(process.execPath, args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
      });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve({ status, printed }));
    });
  }

  /** What an expression over modules of the copy is, as JSON. */
  async evaluate<T>(modules: Readonly<Record<string, string>>, expression: string): Promise<T> {
    const imports = Object.entries(modules).map(([name, file]) => `import * as ${name} from './${file}';`);
    const script = path.join(this.folder, 'evaluate.ts');
    await writeFile(script, `${imports.join('\n')}\nprocess.stdout.write(JSON.stringify(${expression}));\n`);
    const { status, printed } = await this.run('--import', 'tsx', 'evaluate.ts');
    await rm(script);
    if (status !== 0) throw new Error(printed);
    return JSON.parse(printed) as T;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** The files that the steps of a section of CONTRIBUTING.md begin with. */
export async function filesToChange(heading: string): Promise<string[]> {
  const { text } = await readDocument('CONTRIBUTING.md');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`CONTRIBUTING.md has no section "${heading}"`);
  return [...section.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file]) => String(file));
}
