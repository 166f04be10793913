/** The administrator that a new installation begins with. */
import { randomInt } from 'node:crypto';
import type { Accounts } from './accounts.ts';

const USERNAME = 'admin';
const GROUPS = 5;
const GROUP_LENGTH = 5;
/** Without letters and digits that are mistaken for each other when read from a screen: 123 bits in 25 characters. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

export interface FirstAdmin {
  readonly username: string;
  /** Set where none was configured: to be shown once, as it is stored nowhere. */
  readonly generatedPassword?: string;
}

/**
 * Creates the account `admin` where there is no administrator; answers undefined where there is one. Several servers that
 * start on an empty shared store at the same moment should be given the password: each would generate its own.
 */
export async function createFirstAdmin(
  accounts: Accounts,
  configuredPassword: string | undefined,
): Promise<FirstAdmin | undefined> {
  if ((await accounts.list()).some(({ role }) => role === 'admin')) return undefined;
  const password = configuredPassword ?? readablePassword();
  const created = await accounts.create({
    username: USERNAME,
    password,
    role: 'admin',
    name: 'Administrator',
    clinicIds: [],
  });
  const stored = await accounts.find(USERNAME);
  if (stored?.userId !== created.userId) return undefined;
  return { username: USERNAME, ...(configuredPassword === undefined && { generatedPassword: password }) };
}

function readablePassword(): string {
  const group = () => Array.from({ length: GROUP_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}
