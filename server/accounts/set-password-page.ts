/** The page that the link of an invitation opens: its owner sets a password. All of it comes from this server. */
import { fileURLToPath } from 'node:url';
import { Router } from 'express';
import { pageHeaders } from '../http/page-headers.ts';

const FILES: Readonly<Record<string, string>> = {
  '/set-password': 'set-password-page.html',
  '/set-password/page.css': 'set-password-page.css',
  '/set-password/page.js': 'set-password-page.js',
};

/** To be mounted at `/`. */
export function setPasswordPage(): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const [path, file] of Object.entries(FILES)) {
    const absolute = fileURLToPath(new URL(file, import.meta.url));
    router.get(path, pageHeaders, (_req, res) => {
      res.set('Cache-Control', 'no-cache');
      res.sendFile(absolute, { dotfiles: 'allow', acceptRanges: false });
    });
  }
  return router;
}
