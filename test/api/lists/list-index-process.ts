/** A process that writes documents and reads their lists until it is killed; says so after each round. */
import { ListIndexes } from '../../../server/api/lists/list-index.ts';
import { createLogger } from '../../../server/lib/logger.ts';
import { EmbeddedStore } from '../../../server/store/embedded-store.ts';
import { childRevision } from '../../../server/store/revisions.ts';
import { newPatientId, patientDocId } from '../../../shared-schemas/ids.ts';

const [databasesFolder = '', listsFolder = ''] = process.argv.slice(2);
const NAMES = ['Smith', 'Müller', 'Jones', 'Иванов', '王'];
const DOCUMENTS = 25;

const store = await EmbeddedStore.create({ folder: databasesFolder });
const lists = await ListIndexes.open({
  folder: listsFolder,
  store,
  logger: createLogger({ level: 'error', pretty: false }),
});
const database = await store.open('documents');
let known: string[] = [];

for (let round = 0; ; round++) {
  const made = Array.from({ length: DOCUMENTS }, () => newPatientId());
  const body = (patientId: string, n: number) => ({
    ...{ type: 'patient', patientId, firstName: 'Ann', lastName: NAMES[n % NAMES.length], clinicIds: [`c${n % 3}`] },
    ...{ createdBy: `u${n % 2}`, updatedAt: new Date().toISOString() },
  });
  await database.write(made.map((id, n) => childRevision(undefined, patientDocId(id), body(id, n))));
  const leaves = await database.leaves(known.slice(0, DOCUMENTS));
  const edits = [...leaves].map(([id, [leaf]], n) =>
    childRevision(leaf, id, { ...leaf?.body, ...body('', n + round) }),
  );
  await database.write(edits);
  known = [...known.slice(DOCUMENTS), ...made.map(patientDocId)];
  await lists.query(database, { type: 'patient', sort: 'name', descending: false, limit: 10 });
  process.send?.(round);
}
