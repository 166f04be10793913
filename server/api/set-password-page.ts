/** The page that the link of an invitation opens: its owner sets a password. All of it comes from this server. */
import { fileURLToPath } from 'node:url';
import { Router } from 'express';
import helmet from 'helmet';

const FILES: Readonly<Record<string, string>> = {
  '/set-password': 'set-password-page.html',
  '/set-password/page.css': 'set-password-page.css',
  '/set-password/page.js': 'set-password-page.js',
};

const headers = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ['data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      // The script sends the password; where it does not run, the form must not put it anywhere.
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ["'none'"],
    },
  },
  xFrameOptions: { action: 'deny' },
  // Whether every page of this host is to be reached by HTTPS only is for whoever provides the HTTPS.
  strictTransportSecurity: false,
});

/** To be mounted at `/`. */
export function setPasswordPage(): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const [path, file] of Object.entries(FILES)) {
    const absolute = fileURLToPath(new URL(file, import.meta.url));
    router.get(path, headers, (_req, res) => {
      res.set('Cache-Control', 'no-cache');
      res.sendFile(absolute, { dotfiles: 'allow', acceptRanges: false });
    });
  }
  return router;
}
