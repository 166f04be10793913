/** The secret that access tokens are signed with: configured, or generated once into the data folder. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { generatedFile } from '../lib/generated-file.ts';

const FILE_NAME = 'jwt-secret';
const SECRET_BYTES = 48;
const MIN_LENGTH = 32;

/**
 * The configured secret, or that of `<dataDir>/jwt-secret`, which the first start writes.
 * @throws Error where the file holds no usable secret: a new one would silently end all sessions.
 */
export async function loadSigningSecret(dataDir: string, configured: string | undefined): Promise<string> {
  if (configured) return configured;
  const file = path.join(dataDir, FILE_NAME);
  const secret = await generatedFile(file, () => randomBytes(SECRET_BYTES).toString('base64url'));
  if (secret.length >= MIN_LENGTH) return secret;
  throw new Error(
    `${file} does not hold a secret: restore it, or remove it, upon which every user has to log in again`,
  );
}
