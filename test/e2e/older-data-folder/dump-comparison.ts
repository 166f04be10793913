/** Whether databases are as they were: every document with every leaf, ancestor and body. */
import equal from 'fast-deep-equal';
import type { Dump, DumpedDatabase, DumpedRevision } from './database-dump.ts';

/** What a server, and those who use it, write even where nobody changes a document. Everything else is a difference. */
export interface Exemption {
  readonly kind: 'new document' | 'changed document' | 'new local' | 'changed local';
  /** Of databases without their prefix. */
  readonly database: RegExp;
  readonly id: RegExp;
  readonly because: string;
}

export interface ComparisonOptions {
  readonly exemptions: readonly Exemption[];
  /** Whether local documents are compared as well. */
  readonly local: boolean;
}

/** A role database's name, and its build; a change of the rules makes another one beside. */
const BUILD = /^(.+)-e([0-9a-f]{8}(?:r[0-9]+)?)$/;
const roleDatabaseOf = (name: string): string | undefined => BUILD.exec(name)?.[1];

const REGISTRY: Exemption = {
  kind: 'changed document',
  database: /^system$/,
  id: /^roledb:/,
  because: 'the registry says which build serves, and another one does',
};

/** One line for each difference: databases, ids, revisions and field names. */
export function differences(expected: Dump, found: Dump, options: ComparisonOptions): string[] {
  const roles = new Set(Object.keys(expected).flatMap((name) => roleDatabaseOf(name) ?? []));
  const others = Object.keys(found).filter((name) => !(name in expected));
  const rebuilt = others.filter((name) => roles.has(roleDatabaseOf(name) ?? ''));
  const exemptions = rebuilt.length > 0 ? [...options.exemptions, REGISTRY] : options.exemptions;
  const strange = others.filter((name) => !rebuilt.includes(name)).map((name) => `${name}: is new`);
  const compared = Object.entries(expected).flatMap(([name, before]) => {
    const builds = rebuilt.filter((other) => roleDatabaseOf(other) === roleDatabaseOf(name));
    const after = found[name];
    // The build that no longer serves is removed at a later start.
    if (!after && builds.length === 0) return [`${name}: is gone`];
    return [
      ...(after ? compareDatabase(name, before, after, { ...options, exemptions }) : []),
      ...builds.flatMap((build) => compareLeaves(build, before, found[build])),
    ];
  });
  return [...strange, ...compared];
}

function compareDatabase(
  name: string,
  before: DumpedDatabase,
  after: DumpedDatabase,
  { exemptions, local }: ComparisonOptions,
): string[] {
  const isExempt = (kind: Exemption['kind'], id: string) =>
    exemptions.some((one) => one.kind === kind && one.database.test(name) && one.id.test(id));
  const compare = <T>(
    what: 'document' | 'local',
    old: Readonly<Record<string, T>>,
    now: Readonly<Record<string, T>>,
  ) => [
    ...Object.keys(now)
      .filter((id) => !(id in old) && !isExempt(`new ${what}`, id))
      .map((id) => `${name}: ${what} ${id} is new`),
    ...Object.keys(old).flatMap((id) => {
      const [a, b] = [old[id], now[id]];
      if (b === undefined) return [`${name}: ${what} ${id} is gone`];
      if (equal(a, b) || isExempt(`changed ${what}`, id)) return [];
      return [`${name}: ${what} ${id} differs: ${JSON.stringify([a, b])}`];
    }),
  ];
  return [
    ...compare('document', before.documents, after.documents),
    ...(local ? compare('local', before.local, after.local) : []),
  ];
}

/** A build under other rules is made from what is there now: devices find every leaf in it, not the bodies of ancestors. */
function compareLeaves(name: string, before: DumpedDatabase, after: DumpedDatabase | undefined): string[] {
  const leaves = (revisions: readonly DumpedRevision[] = []) => revisions.filter(({ leaf }) => leaf);
  const ids = new Set([...Object.keys(before.documents), ...Object.keys(after?.documents ?? {})]);
  return [...ids]
    .filter((id) => !equal(leaves(before.documents[id]), leaves(after?.documents[id])))
    .map((id) => `${name}: the leaves of ${id} differ`);
}
