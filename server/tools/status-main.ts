/** `npx vitasync status`: what the overview of the dashboard says, in a terminal. */
import { askSecret } from './status/ask-secret.ts';
import { vitasyncCommand } from './status/cli.ts';

process.exitCode = await vitasyncCommand(process.argv.slice(2), {
  env: process.env,
  output: process.stdout,
  errors: process.stderr,
  askSecret: () => askSecret(process.stdin, process.stderr),
});
