/** The secret that access tokens are signed with: configured, or generated once into the data folder. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

const FILE_NAME = 'jwt-secret';
const SECRET_BYTES = 48;
const MIN_LENGTH = 32;

/**
 * The configured secret, or that of `<dataDir>/jwt-secret` (mode 600), which the first start writes.
 * @throws Error where the file holds no usable secret: a new one would silently end all sessions.
 */
export async function loadSigningSecret(dataDir: string, configured: string | undefined): Promise<string> {
  if (configured) return configured;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const file = path.join(dataDir, FILE_NAME);
  const secret = (await readSecret(file)) ?? (await generateSecret(file));
  if (secret.length >= MIN_LENGTH) return secret;
  throw new Error(
    `${file} does not hold a secret: restore it, or remove it, upon which every user has to log in again`,
  );
}

async function readSecret(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Of several processes that start at once, one writes the secret and all use it. The name appears by a link from a complete
 * file, so that nobody reads half a secret, and a crash leaves none behind.
 */
async function generateSecret(file: string): Promise<string> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(SECRET_BYTES).toString('base64url')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await readSecret(file)) ?? '';
}
