/** Routes for whatever watches the process: is it alive, and can it do its work? */
import { Router } from 'express';
import type { Core } from '../documents/core.ts';

export interface ReadinessChecks {
  readonly store: { readonly ok: boolean };
  readonly projector: {
    readonly ok: boolean;
    readonly lagSeconds: number;
    /** Changes of the primary database that have not been projected, about. */
    readonly pending: number;
    /** Set while an administrator has it paused: since when, ISO 8601. */
    readonly pausedAt?: string;
    /** Why it is not in order, and what to do. */
    readonly reason?: string;
  };
  /** A build of role databases that is going on; meanwhile the old ones serve. */
  readonly build?: { readonly databases: number; readonly done: number; readonly total: number };
}

interface ProjectorCheckInput {
  readonly failing: boolean;
  readonly lagSeconds: number;
  readonly maxLagSeconds: number;
  readonly paused: { readonly at: string } | undefined;
}

/** Whether the projector keeps up, and where it does not, why. */
function projectorCheck({ failing, lagSeconds, maxLagSeconds, paused }: ProjectorCheckInput) {
  const ok = !failing && lagSeconds <= maxLagSeconds;
  const late = `role databases are ${Math.round(lagSeconds)} seconds behind, and ${maxLagSeconds} are allowed`;
  const why = paused
    ? `the projector is paused since ${paused.at} and ${late}: resume it on the dashboard, or with POST /api/admin/projector/resume`
    : failing
      ? 'the projector fails and tries again: the cause is in the log of the server'
      : `${late}: the projector is catching up`;
  return { ok, ...(paused && { pausedAt: paused.at }), ...(!ok && { reason: why }) };
}

export async function readinessOf(
  { store, projector, pause, rebuild }: Pick<Core, 'store' | 'projector' | 'pause' | 'rebuild'>,
  maxLagSeconds: number,
): Promise<ReadinessChecks> {
  const reachable = await store.ping().then(
    () => true,
    () => false,
  );
  const { pending, lagSeconds, failing } = projector.lag();
  const build = rebuild.progress();
  return {
    store: { ok: reachable },
    projector: { lagSeconds, pending, ...projectorCheck({ failing, lagSeconds, maxLagSeconds, paused: pause.paused }) },
    ...(build && { build: { databases: build.databases.length, done: build.done, total: build.total } }),
  };
}

/**
 * `GET /healthz` answers as long as the process does: restarting it would not mend a store that is away. `GET /readyz` answers
 * 503 where a check fails, so that a load balancer sends devices elsewhere. Both are open, and say nothing else.
 */
export function healthRouter(checks: () => Promise<ReadinessChecks>): Router {
  const router = Router();
  router.use(['/healthz', '/readyz'], (_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });
  router.get('/healthz', (_req, res) => {
    res.json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    const found = await checks();
    const ready = found.store.ok && found.projector.ok;
    res.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'unavailable', checks: found });
  });
  return router;
}
