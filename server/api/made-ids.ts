/**
 * Ids of documents that a request creates. With an Idempotency-Key they depend on who asks and on the key alone, so that the
 * same request sent again finds what the first one stored: nothing has to be remembered, and no crash can come in between.
 */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { newUlid } from '../../shared-schemas/ids.ts';
import { invalidInput } from '../http/parse-input.ts';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const ULID_LENGTH = 26;

/** Makes the ulid of one part of a request: each part has a name of its own. */
export type MakeUlid = (part: string) => string;

export function ulidMaker(userId: string, idempotencyKey: string | undefined): MakeUlid {
  if (idempotencyKey === undefined) return () => newUlid();
  return (part) => {
    const hash = createHash('sha256')
      .update(JSON.stringify([userId, idempotencyKey, part]))
      .digest();
    return Array.from(hash.subarray(0, ULID_LENGTH), (byte) => CROCKFORD[byte % CROCKFORD.length]).join('');
  };
}

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;

/**
 * @throws HttpError `invalid_input`
 */
export function idempotencyKeyOf(req: Request): string | undefined {
  const key = req.get('idempotency-key');
  if (key === undefined || IDEMPOTENCY_KEY.test(key)) return key;
  throw invalidInput([{ path: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters' }]);
}
