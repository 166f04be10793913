/** What is typed at a terminal, by streams in the place of one. */
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { askSecret } from '../../../server/tools/status/ask-secret.ts';

function terminal(isTTY: boolean) {
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: () => input });
  const output = new PassThrough();
  let shown = '';
  output.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const asked = askSecret(input as unknown as NodeJS.ReadStream, output as unknown as NodeJS.WriteStream);
  return { input, asked, shown: () => shown };
}

it('answers what is typed, and shows none of it', async () => {
  const { input, asked, shown } = terminal(true);
  input.write('quite secret\n');
  expect(await asked).toBe('quite secret');
  expect(shown()).toBe('Password: \n');
});

it('answers nothing where nothing is typed, or nobody is there', async () => {
  const { input, asked } = terminal(true);
  input.write('\n');
  expect(await asked).toBeUndefined();
  const interrupted = terminal(true);
  interrupted.input.write('half a sec\u0003');
  expect(await interrupted.asked).toBeUndefined();
  const nobody = terminal(false);
  expect(await nobody.asked).toBeUndefined();
  expect(nobody.shown()).toBe('');
});
