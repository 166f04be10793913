/** Metrics for Prometheus. */
import { Router } from 'express';
import { hashToken, sameHash } from '../../accounts/token-hash.ts';
import { HttpError } from '../../http/errors.ts';
import type { Metrics } from './metrics.ts';

export interface MetricsRouterOptions {
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  /** That a scraper must show; without one there is nothing to be had. */
  readonly token: string | undefined;
}

const BEARER = /^Bearer +(\S+)$/i;

/** `GET /metrics`, for who has the token. */
export function metricsRouter({ metrics, token }: MetricsRouterOptions): Router {
  const router = Router();
  const expected = token === undefined ? undefined : hashToken(token);
  router.get('/metrics', async (req, res) => {
    if (expected === undefined) throw new HttpError('not_found');
    const given = BEARER.exec(req.get('authorization') ?? '')?.[1];
    if (given === undefined || !sameHash(hashToken(given), expected)) throw new HttpError('unauthorized');
    res
      .set('Cache-Control', 'no-store')
      .type(metrics.contentType)
      .send(await metrics.text());
  });
  return router;
}
