/** Asks at a terminal for what nobody else should see. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Undefined where there is no terminal, or nothing was typed. What is typed is shown nowhere. */
export async function askSecret(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<string | undefined> {
  if (!input.isTTY) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  output.write('Password: ');
  const reader = createInterface({ input, output: silent, terminal: true });
  // By Ctrl-C or Ctrl-D: then the question is never answered.
  const closed = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
  try {
    return (await Promise.race([reader.question(''), closed])) || undefined;
  } finally {
    reader.close();
    output.write('\n');
  }
}
