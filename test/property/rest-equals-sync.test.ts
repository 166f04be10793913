/** What one reads online is what one syncs: for everyone, after whatever writes, in every list. */
import { expect, it } from 'vitest';
import { DOCUMENT_TYPES } from '../../shared-schemas/document-types.ts';
import { startServer } from '../support/test-server.ts';
import { RestComparison } from './rest-comparison.ts';
import { createPatient, createStaff, type Person } from './rest-people.ts';
import { RandomWrites } from './rest-writes.ts';
import { PROPERTY_SEED, runs, say } from './seed.ts';
import { seededRandom } from './seeded-random.ts';

const PATIENTS = 12;
const TURNS = 45;

it('lists and reads return what a device of the same principal holds after sync', async () => {
  say('rest equals sync begins');
  const random = seededRandom(PROPERTY_SEED);
  const server = await startServer();
  try {
    const writes = new RandomWrites(server, random);
    const comparison = new RestComparison(server.core, writes.ids, random);
    const staff = await createStaff(server);
    const people: Person[] = [...staff];
    for (const n of [1, 2, 3]) {
      await writes.begin(staff, PATIENTS / 3);
      people.push(await createPatient(server, writes.patientId(n)));
    }
    for (const person of people) await person.tablet.sync();

    for (let round = 1; round <= runs(2); round++) {
      expect(await writes.turns(people, TURNS), `right after a write of round ${round}`).toEqual([]);
      // A tablet pushes again what was refused when the document changes, and may then be right.
      for (const person of people) await person.tablet.sync();
      await server.settled();
      for (const { tablet, reader } of people) await Promise.all([tablet.pull(), reader.pull()]);
      for (const person of people) expect(await comparison.differences(person), `in round ${round}`).toEqual([]);
    }

    const { counts, types } = comparison;
    say(
      `rest equals sync: ${people.length} principals, ${JSON.stringify(counts)}\n` +
        `  ${JSON.stringify(Object.fromEntries([...writes.counts].sort()))}`,
    );
    expect([...types].sort()).toEqual([...DOCUMENT_TYPES].sort());
    expect(counts.documents).toBeGreaterThan(2_000);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(50);
  } finally {
    await server.close();
  }
});
