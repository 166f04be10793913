/** Password hashing: argon2id with OWASP's parameters (Password Storage Cheat Sheet: 19 MiB, two passes, one lane). */
import { hash, verify } from '@node-rs/argon2';

const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
/** `Algorithm.Argon2id`; the package declares it as an ambient const enum, which has no value at run time. */
const ARGON2ID = 2;

/** Text of an account's owner in any keyboard's form of it: accents may be typed composed or not. */
export const normalPassword = (password: string): string => password.normalize('NFKC');

/** The hash in PHC form, with its salt and parameters. */
export const hashPassword = (password: string): Promise<string> =>
  hash(normalPassword(password), { algorithm: ARGON2ID, memoryCost: MEMORY_KIB, timeCost: PASSES, parallelism: LANES });

export const verifyPassword = (passwordHash: string, password: string): Promise<boolean> =>
  verify(passwordHash, normalPassword(password));

/** A well-formed hash that no known password has. */
const NOBODY = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Takes as long as a wrong password does, so that the time of an answer does not tell which usernames exist. */
export async function refuseAsNobody(password: string): Promise<false> {
  await verifyPassword(NOBODY, password);
  return false;
}
