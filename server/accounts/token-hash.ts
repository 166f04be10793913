/** Hashes of tokens that the server makes. A plain hash is enough: each has 256 bits that nobody can guess. */
import { createHash, timingSafeEqual } from 'node:crypto';

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Compares in constant time. */
export function sameHash(a: string, b: string | undefined): boolean {
  if (b === undefined || a.length !== b.length) return false;
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
