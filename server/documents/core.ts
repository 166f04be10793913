/** Documents and their role databases, wired: what an import needs, and a server. */
import { clinicDatabase, databasesOfClinic, REFERENCE_DATABASE } from '../../sync-rules/role-database.ts';
import { type SyncRules, syncRules } from '../../sync-rules/sync-rules.ts';
import { KeyedLocks } from '../lib/keyed-locks.ts';
import type { Lifecycle } from '../lib/lifecycle.ts';
import type { Logger } from '../lib/logger.ts';
import type { Exclusion } from '../store/exclusion.ts';
import { Follower } from '../store/follower.ts';
import { openExclusion } from '../store/open-exclusion.ts';
import { openStore, type StoreOptions } from '../store/open-store.ts';
import type { Database, Store } from '../store/store.ts';
import { Clinics } from './clinics.ts';
import { HeldWrites } from './held-writes.ts';
import { History } from './history.ts';
import { BuildLoop } from './projection/build-loop.ts';
import { epochOf } from './projection/physical-name.ts';
import { seenAmong, seenInHistory } from './projection/projection.ts';
import { Projector } from './projection/projector.ts';
import { ProjectorPause } from './projection/projector-pause.ts';
import { Rebuild } from './projection/rebuild.ts';
import { RoleDatabaseWriter } from './projection/role-database-writer.ts';
import { RoleDatabases } from './projection/role-databases.ts';
import { takeFormat } from './store-format.ts';
import { WaitingDocuments } from './waiting-documents.ts';
import { createCommit } from './write/commit.ts';
import { ClinicalPolicy, type ReadBody } from './write/document-policy.ts';
import { createKeepClinics } from './write/kept-clinics.ts';
import { RevisionMaker } from './write/made-revision.ts';
import { keepMissing } from './write/missing-history.ts';
import { loadRevisionKey } from './write/revision-key.ts';
import { Settler } from './write/settle.ts';
import { WritePath } from './write/write-path.ts';

export interface CoreConfig extends StoreOptions {
  /** Begins the name of every database. */
  readonly dbPrefix: string;
  readonly maxDocumentKb: number;
}

export interface CoreParts {
  readonly config: CoreConfig;
  readonly logger: Logger;
  readonly lifecycle: Pick<Lifecycle, 'onStop'>;
  readonly rules?: SyncRules;
  /** Instead of the store that the configuration names; whoever hands it in closes it. */
  readonly store?: Store;
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number;
}

/** Documents and their role databases: what an import needs, and a server. */
export interface Core {
  readonly store: Store;
  readonly primary: Database;
  readonly history: History;
  readonly held: HeldWrites;
  readonly waiting: WaitingDocuments;
  readonly clinics: Clinics;
  readonly roleDatabases: RoleDatabases;
  readonly projector: Projector;
  readonly pause: ProjectorPause;
  readonly rebuild: Rebuild;
  readonly builds: BuildLoop;
  readonly writePath: WritePath;
  readonly readBody: ReadBody;
  /** What the server keeps for itself: role databases, jobs. */
  readonly registry: Database;
  /** Between the servers that share the store. */
  readonly exclusion: Exclusion;
  /** Held while something is done with a document, or with any of a patient's. */
  readonly locks: KeyedLocks;
}

export async function buildCore({
  config,
  logger,
  lifecycle,
  rules = syncRules,
  nowMs = Date.now,
  store: given,
}: CoreParts): Promise<Core> {
  const store = given ?? (await openStore(config));
  if (!given) lifecycle.onStop('store', () => store.close(), { always: true });
  const open = (name: string, partitioned = false) => store.open(`${config.dbPrefix}-${name}`, { partitioned });
  // First, as it tells whether another process has the data folder.
  const primary = await open('primary', true);
  const history = new History(await open('history', true));
  const heldDatabase = await open('held');
  const held = new HeldWrites(heldDatabase);
  const waiting = new WaitingDocuments({ database: heldDatabase, primary, nowMs });
  const registry = await open('system');
  await takeFormat(registry);
  const maker = new RevisionMaker(await loadRevisionKey(registry));
  const exclusion = await openExclusion(store, `${config.dbPrefix}-exclusion`);
  lifecycle.onStop('claims', () => exclusion.claims.idle());
  const locks = new KeyedLocks();
  const clinics = new Clinics(primary);
  const readBody: ReadBody = async (id, rev) =>
    (await primary.revisions([{ id, rev }]))[0]?.body ?? (await history.body(id, rev));
  const roleDatabases = await RoleDatabases.load({
    store,
    registry,
    prefix: config.dbPrefix,
    epoch: epochOf(rules.fingerprint),
  });
  const pause = await ProjectorPause.load(registry);
  if (store.shared) {
    const registryFollower = await followOthers({ store, registry, roleDatabases, pause, logger });
    lifecycle.onStop('changes of other servers', () => registryFollower.close());
  }
  const writer = new RoleDatabaseWriter({ store, primary, roleDatabases, rules });
  const durable = { primary, history, held, waiting, settler: new Settler({ maker, primary, readBody, nowMs }) };
  // What fails in the background is tried again there.
  const wasSeen = seenInHistory(rules, history);
  const commit = createCommit({ ...durable, project: (leaves) => writer.write(leaves, wasSeen) });
  const projector = new Projector({
    store,
    primary,
    writer,
    commit,
    keepMissing: (leaves) => keepMissing({ maker, primary, history, epoch: roleDatabases.epoch }, leaves),
    locks,
    pause,
    logger,
    nowMs,
  });
  lifecycle.onStop('projector', () => projector.stop());
  const rebuild = new Rebuild({ maker, primary, commit, roleDatabases, rules, locks, pause, logger });
  const builds = new BuildLoop({ rebuild, roleDatabases, pause, logger });
  lifecycle.onStop('builds', () => builds.stop());
  // A doctor sees every patient of the clinic.
  const clinicInUse = async (slug: string) => {
    // What was written since is in the primary only.
    if (pause.paused) return true;
    const patients = await roleDatabases.serving(clinicDatabase('doctor', slug).name);
    return ((await patients?.range({ limit: 1 })) ?? []).length > 0;
  };
  const policy = new ClinicalPolicy({
    maker,
    rules,
    clinicInUse,
    maxDocumentBytes: config.maxDocumentKb * 1_024,
    nowMs,
  });
  // A write is not kept waiting by a role database that cannot be written: the projector does it again.
  const commitAtOnce = createCommit({
    ...durable,
    project: (leaves, passed) => projector.projectNow(leaves, seenAmong(rules, passed)),
  });
  const writePath = new WritePath({
    maker,
    primary,
    history,
    policy,
    locks,
    claims: exclusion.claims,
    readBody,
    commit: commitAtOnce,
    // Locks are enough where nobody else writes to the store.
    keepClinics: store.shared
      ? createKeepClinics({ maker, primary, readBody, clinicInUse, commit: commitAtOnce })
      : async () => new Set(),
    nowMs,
  });
  return {
    store,
    primary,
    history,
    held,
    waiting,
    clinics,
    roleDatabases,
    projector,
    pause,
    rebuild,
    builds,
    writePath,
    readBody,
    registry,
    exclusion,
    locks,
  };
}

/** Another server that shares the store may create databases and switch them, or pause the projector. */
function followOthers({
  registry,
  roleDatabases,
  pause,
  ...options
}: Pick<Core, 'store' | 'registry' | 'roleDatabases' | 'pause'> & Pick<CoreParts, 'logger'>): Promise<Follower> {
  return Follower.open({
    ...options,
    database: registry,
    readAll: async () => {
      await Promise.all([roleDatabases.reload(), pause.reload()]);
    },
    onChanges: async (changes) => {
      await Promise.all([roleDatabases.reread(changes.map(({ id }) => id)), pause.reload()]);
    },
  });
}

/** Brings everything up to date that a stopped process left undone, before anyone is served. */
export async function prepareCore({ roleDatabases, projector, clinics }: Core): Promise<void> {
  await roleDatabases.removeUnused();
  if (!roleDatabases.get(REFERENCE_DATABASE.name)) {
    await roleDatabases.register(REFERENCE_DATABASE);
    await roleDatabases.completeBuild(REFERENCE_DATABASE.name);
  }
  await projector.catchUp();
  // Clinics that were there before a role was: its databases are built from the primary, as after a change of the rules.
  for (const slug of await clinics.slugs()) {
    for (const database of databasesOfClinic(slug)) await roleDatabases.register(database);
  }
}
