/** Serves the administrators' page at `/admin`. It holds no data: everything comes from `/api`, for who is logged in. */
import { type Request, type Response, Router } from 'express';
import { HttpError } from '../http/errors.ts';
import { pageHeaders } from '../http/page-headers.ts';
import type { Logger } from '../lib/logger.ts';
import { type Asset, type Bundle, bundleDashboard } from './bundle.ts';

let bundle: Promise<Bundle> | undefined;

/** Made for who asks first, and kept: the source does not change while the process runs. */
function bundled(logger: Pick<Logger, 'error'>): Promise<Bundle> {
  bundle ??= bundleDashboard().catch((error: unknown) => {
    bundle = undefined;
    logger.error({ err: error }, 'the dashboard was not built');
    throw new HttpError('unavailable', { detail: 'The dashboard could not be built: see the log of the server.' });
  });
  return bundle;
}

/** To be mounted at `/`. */
export function dashboardPages(logger: Pick<Logger, 'error'>): Router {
  const router = Router({ caseSensitive: true, strict: false });
  router.get('/admin/assets/:file', pageHeaders, async (req, res) => {
    const { files } = await bundled(logger);
    const asset = files.get(req.params.file);
    if (!asset) throw new HttpError('not_found');
    // The name changes with the content.
    res.set('Cache-Control', 'public, max-age=31536000, immutable');
    send(req, res, asset);
  });
  // Which page it is the script decides by the address.
  router.get(['/admin', '/admin/*path'], pageHeaders, async (req, res) => {
    const { page } = await bundled(logger);
    res.set('Cache-Control', 'no-cache');
    send(req, res, page);
  });
  return router;
}

function send(req: Request, res: Response, asset: Asset): void {
  const encoding = req.acceptsEncodings('br', 'gzip', 'identity');
  res.set({ 'Content-Type': asset.contentType, Vary: 'Accept-Encoding' });
  if (encoding === 'br') res.set('Content-Encoding', 'br').end(asset.brotli);
  else if (encoding === 'gzip') res.set('Content-Encoding', 'gzip').end(asset.gzip);
  else res.end(asset.plain);
}
