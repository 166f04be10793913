/** The description of the API, for programs and for people. The page comes whole from this server: it works without the internet. */
import { fileURLToPath } from 'node:url';
import { Router } from 'express';
import helmet from 'helmet';
import type { JsonSchema } from '../api-route.ts';

/** Swagger UI styles elements from its script, and has its icons in data URLs. */
const contentSecurityPolicy = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
  },
});

const fromPackage = (file: string): string => fileURLToPath(import.meta.resolve(`swagger-ui-dist/${file}`));
const FILES: Readonly<Record<string, string>> = {
  '/docs': fileURLToPath(new URL('docs.html', import.meta.url)),
  '/docs/docs.js': fileURLToPath(new URL('docs.js', import.meta.url)),
  '/docs/swagger-ui.css': fromPackage('swagger-ui.css'),
  '/docs/swagger-ui-bundle.js': fromPackage('swagger-ui-bundle.js'),
};

/** To be mounted at `/api`. */
export function docsRouter(description: JsonSchema): Router {
  const router = Router();
  router.get('/openapi.json', (_req, res) => {
    res.set('Cache-Control', 'no-cache').json(description);
  });
  for (const [path, file] of Object.entries(FILES)) {
    router.get(path, contentSecurityPolicy, (_req, res) => {
      res.set({ 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' });
      res.sendFile(file, { dotfiles: 'allow' });
    });
  }
  return router;
}
