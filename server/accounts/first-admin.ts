/** The administrator that a new installation begins with. */
import { randomInt } from 'node:crypto';
import { HttpError } from '../http/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { canAdminister } from './account.ts';
import type { Accounts } from './accounts.ts';
import type { PasswordStrength } from './password-strength.ts';
import { type RestoreParts, restoreAdministrator } from './restore-administrator.ts';

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
  readonly audit: RestoreParts['audit'];
  readonly configuredPassword: string | undefined;
  readonly strength: Pick<PasswordStrength, 'faultsOf'>;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Creates the account `admin` where there is no administrator; answers undefined where there is one, and where another server
 * that starts at the same moment is quicker: that one prints the password, where none is configured. One that is configured is
 * used even where it is weak, as nobody could log in else; the log says so.
 */
export async function createFirstAdmin(parts: FirstAdminParts): Promise<FirstAdmin | undefined> {
  const { accounts, configuredPassword, strength, logger } = parts;
  const all = await accounts.list();
  if (all.some(canAdminister)) return undefined;
  const restored = await restoreAdministrator(parts, all);
  if (restored) logger.warn({ userId: restored.userId }, 'nobody could administer: the last administrator was let in');
  if (restored || all.some(({ role }) => role === 'admin')) return undefined;
  const password = configuredPassword ?? readablePassword();
  const person = { username: USERNAME, name: 'Administrator', clinicIds: [] };
  try {
    await accounts.create({ ...person, password, role: 'admin' });
  } catch (error) {
    if (error instanceof HttpError && error.code === 'username_taken') return undefined;
    throw error;
  }
  if (configuredPassword === undefined) return { username: USERNAME, generatedPassword: password };
  const faults = await strength.faultsOf('VITASYNC_ADMIN_PASSWORD', configuredPassword, person);
  if (faults.length > 0) logger.warn({ faults }, 'the password of the first administrator is weak: change it');
  return { username: USERNAME };
}

function readablePassword(): string {
  const group = () => Array.from({ length: GROUP_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}
