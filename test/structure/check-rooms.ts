/** A step of `npm run check`: the map of the rooms is true, and nothing is imported in a circle. */
import { fileURLToPath } from 'node:url';
import { roomFaults } from './room-faults.ts';

const faults = await roomFaults(fileURLToPath(new URL('../..', import.meta.url)));
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) {
  process.stderr.write(`\n${faults.length} faults. The rooms and what each may import: CONTRIBUTING.md.\n`);
  process.exitCode = 1;
}
