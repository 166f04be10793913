/**
 * Cursors of lists. A position in a list may hold what it is sorted by, a patient's name for example, and cursors are part of
 * addresses, which end in logs: so they are sealed, for one list and one person.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { invalidInput } from './parse-input.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class Cursors {
  readonly #key: Buffer;

  /** The secret that all servers share, so that a cursor of one is read by the others. */
  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'vitasync list cursors', KEY_BYTES));
  }

  /** `scope`: whatever must be the same when the cursor is used. */
  seal(position: string, scope: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce).setAAD(Buffer.from(scope));
    const sealed = Buffer.concat([cipher.update(position, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /**
   * @throws HttpError `invalid_input` where it is no cursor of this list.
   */
  open(cursor: string, scope: string): string {
    try {
      const bytes = Buffer.from(cursor, 'base64url');
      const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv(ALGORITHM, this.#key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(scope))
        .setAuthTag(tag);
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString(
        'utf8',
      );
    } catch {
      throw invalidInput([
        {
          path: 'cursor',
          message: 'is not one of this list: take nextCursor of the page before, with the same filters',
        },
      ]);
    }
  }
}
