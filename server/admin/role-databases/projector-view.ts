/** The projector as an administrator sees it. */
import type { ProjectorLag } from '../../documents/projection/projector.ts';
import type { PauseState } from '../../documents/projection/projector-pause.ts';
import type { BuildProgress } from '../../documents/projection/rebuild.ts';
import type { RoleDatabaseState } from '../../documents/projection/role-databases.ts';

export interface ProjectorView {
  readonly state: 'running' | 'paused' | 'failing';
  /** Changes of the primary that are not in the role databases yet. */
  readonly pending: number;
  readonly lagSeconds: number;
  /** Beyond this the server reports itself not ready. */
  readonly maxLagSeconds: number;
  readonly paused?: PauseState;
  readonly build?: { readonly databases: number; readonly done: number; readonly total: number };
  /** Role databases that wait to be built. */
  readonly waiting: number;
}

export interface ProjectorViewOptions {
  readonly projector: { lag(): ProjectorLag };
  readonly pause: { readonly paused: PauseState | undefined };
  readonly rebuild: { keptProgress(): Promise<BuildProgress | undefined> };
  readonly roleDatabases: { list(): readonly RoleDatabaseState[] };
  readonly readyLagSeconds: number;
}

export async function projectorView(options: ProjectorViewOptions): Promise<ProjectorView> {
  const { pending, lagSeconds, failing } = options.projector.lag();
  const { paused } = options.pause;
  const build = await options.rebuild.keptProgress();
  const unfinished = options.roleDatabases.list().filter(({ building }) => building !== undefined);
  return {
    state: paused ? 'paused' : failing ? 'failing' : 'running',
    pending,
    lagSeconds,
    maxLagSeconds: options.readyLagSeconds,
    ...(paused && { paused }),
    ...(build && { build: { databases: build.databases.length, done: build.done, total: build.total } }),
    waiting: unfinished.filter(({ database }) => !build?.databases.includes(database.name)).length,
  };
}
