/** The comparison sees what it is there for: each kind of change to what a release wrote is one difference. */
import { expect, it } from 'vitest';
import type { Dump, DumpedDatabase, DumpedRevision } from './database-dump.ts';
import { differences } from './dump-comparison.ts';
import { readExpected } from './fixture.ts';

type Changed = Record<string, { documents: Record<string, DumpedRevision[]>; local: Record<string, unknown> }>;

const expected = await readExpected('0.1.0');
const compare = (change: (dump: Changed) => void) => {
  const found = structuredClone(expected) as Changed;
  change(found);
  return differences(expected, found as Dump, { exemptions: [], local: true });
};
const roleDatabase = Object.keys(expected).find((name) => name.startsWith('doctor-north-')) ?? '';
/** A document with an ancestor whose body is kept. */
const edited = ({ documents }: DumpedDatabase) => Object.keys(documents).find((id) => (documents[id]?.length ?? 0) > 1);

it.each(Object.keys(expected).filter((name) => Object.keys(expected[name]?.documents ?? {}).length > 0))(
  'a document of %s that is gone, is new or has another body',
  (name) => {
    const [id = ''] = Object.keys(expected[name]?.documents ?? {});
    const of = (dump: Changed) => dump[name]?.documents ?? {};
    expect(compare((dump) => delete of(dump)[id])).toHaveLength(1);
    expect(compare((dump) => Object.assign(of(dump), { another: [] }))).toHaveLength(1);
    expect(compare((dump) => Object.assign(of(dump)[id]?.[0]?.body ?? {}, { type: 'else' }))).toHaveLength(1);
  },
);

it.each(['primary', roleDatabase])('an ancestor of %s that is forgotten, and a leaf more', (name) => {
  const id = edited(expected[name] as DumpedDatabase) ?? '';
  const revisions = (dump: Changed) => dump[name]?.documents[id] ?? [];
  expect(compare((dump) => revisions(dump).pop())).toHaveLength(1);
  expect(
    compare((dump) => revisions(dump).push({ ...(revisions(dump)[0] as DumpedRevision), rev: '9-a' })),
  ).toHaveLength(1);
});

it('a checkpoint of a device that is gone, and a database that is gone or new', () => {
  const checkpoint = Object.keys(expected[roleDatabase]?.local ?? {}).find((id) => id.startsWith('tablet-')) ?? '';
  expect(compare((dump) => delete dump[roleDatabase]?.local[checkpoint])).toHaveLength(1);
  expect(compare((dump) => delete dump.history)).toEqual(['history: is gone']);
  expect(compare((dump) => delete dump[roleDatabase])).toEqual([`${roleDatabase}: is gone`]);
  expect(compare((dump) => Object.assign(dump, { more: { documents: {}, local: {} } }))).toEqual(['more: is new']);
});

it('another build of a role database whose leaves are not the same', () => {
  const other = roleDatabase.replace(/-e.*/, '-e00000000');
  const build = (leaves: (revisions: DumpedRevision[]) => DumpedRevision[]) =>
    compare((dump) => {
      const { documents = {} } = dump[roleDatabase] ?? {};
      const built = Object.entries(documents).map(([id, revisions]) => [id, leaves(revisions)]);
      dump[other] = { documents: Object.fromEntries(built), local: {} };
    });
  expect(build((revisions) => revisions.filter(({ leaf }) => leaf))).toEqual([]);
  expect(build(() => [])).toHaveLength(Object.keys(expected[roleDatabase]?.documents ?? {}).length);
});
