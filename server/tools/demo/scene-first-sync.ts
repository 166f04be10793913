import type { Stage } from './stage.ts';
import { countsText } from './text.ts';

/** Empty tablets connect and are filled. */
export async function firstSync(stage: Stage): Promise<void> {
  const tablets = Object.values(stage.tablets);
  stage.say('Four empty tablets sync for the first time.');
  for (const tablet of tablets) tablet.goOnline();
  await stage.expect('first_sync', () => stage.haveConverged());
  for (const { tablet, held, counts } of await stage.compare()) {
    stage.say(`    ${tablet.name}, with ${tablet.client}: ${held} documents (${countsText(counts)})`);
  }
}
