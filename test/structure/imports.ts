/** Which files of the project a file imports. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

export interface Import {
  /** From the root of the project, with slashes. */
  readonly from: string;
  readonly to: string;
  readonly line: number;
  /** Nothing is left of it when the program runs. */
  readonly typeOnly: boolean;
}

/** A node of the syntax tree that names another module. */
interface Naming {
  readonly start: number;
  readonly source: unknown;
}

/**
 * The imports that name a file, in the order in which they stand there: of values, of types, re-exports and `import()`.
 * Packages are left out.
 * @throws Error where the file cannot be parsed
 */
export async function importsOf(root: string, file: string): Promise<Import[]> {
  const text = await readFile(path.join(root, file), 'utf8');
  const { program, errors } = parseSync(file, text);
  if (errors[0]) throw new Error(`${file} cannot be parsed: ${errors[0].message}`);
  const imports: Import[] = [];
  const note = ({ start, source }: Naming, typeOnly: boolean) => {
    const { value } = (source ?? {}) as { readonly value?: unknown };
    if (typeof value !== 'string' || !value.startsWith('.')) return;
    const to = path.posix.join(path.posix.dirname(file), value);
    imports.push({ from: file, to, line: text.slice(0, start).split('\n').length, typeOnly });
  };
  new Visitor({
    ImportDeclaration: (node) => note(node, node.importKind === 'type'),
    ExportNamedDeclaration: (node) => note(node, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => note(node, node.exportKind === 'type'),
    ImportExpression: (node) => note(node, false),
    TSImportType: (node) => note(node, true),
  }).visit(program);
  return imports.sort((a, b) => a.line - b.line);
}
