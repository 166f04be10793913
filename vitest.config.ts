import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They take longest: one of them that began last would run alone for a minute, with a core idle beside it. */
const SLOW = [
  'e2e/crash',
  'documents/erasure/stop-anywhere',
  'api/access-matrix',
  'e2e/rxdb',
  'dashboard/held-writes',
  'tools/demo/demo',
  'property/rest-equals-sync',
  'fuzz/fuzz',
  'e2e/pouchdb',
].map((name) => `/test/${name}.test.ts`);

class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = SLOW.findIndex((name) => moduleId.endsWith(name));
      return place === -1 ? SLOW.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/compiled.ts'],
    // Tests run real servers, real databases and real clients.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Loading the modules anew for each file takes longer than most files. A file leaves nothing behind that another could see.
    isolate: false,
    maxWorkers: 2,
    sequence: { sequencer: SlowestFirst },
  },
});
