/** The administrator that a new installation begins with. */
import { randomInt } from 'node:crypto';
import type { Logger } from '../lib/logger.ts';
import type { Accounts } from './accounts.ts';
import type { PasswordStrength } from './password-strength.ts';

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

export interface FirstAdminParts {
  readonly accounts: Accounts;
  readonly configuredPassword: string | undefined;
  readonly strength: Pick<PasswordStrength, 'faultsOf'>;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Creates the account `admin` where there is no administrator; answers undefined where there is one. Several servers that
 * start on an empty shared store at the same moment should be given the password: each would generate its own. A configured
 * password that is weak is used all the same, as nobody could log in else; the log says so.
 */
export async function createFirstAdmin({
  accounts,
  configuredPassword,
  strength,
  logger,
}: FirstAdminParts): Promise<FirstAdmin | undefined> {
  if ((await accounts.list()).some(({ role }) => role === 'admin')) return undefined;
  const password = configuredPassword ?? readablePassword();
  const person = { username: USERNAME, name: 'Administrator', clinicIds: [] };
  const created = await accounts.create({ ...person, password, role: 'admin' });
  const stored = await accounts.find(USERNAME);
  if (stored?.userId !== created.userId) return undefined;
  if (configuredPassword === undefined) return { username: USERNAME, generatedPassword: password };
  const faults = await strength.faultsOf('VITASYNC_ADMIN_PASSWORD', configuredPassword, person);
  if (faults.length > 0) logger.warn({ faults }, 'the password of the first administrator is weak: change it');
  return { username: USERNAME };
}

function readablePassword(): string {
  const group = () => Array.from({ length: GROUP_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}
