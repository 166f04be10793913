/** How hard a new password is to guess, by the library zxcvbn, which knows common passwords, words, names and patterns. */
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import type { Fault } from '../http/parse-input.ts';
import type { Account } from './account.ts';
import { normalPassword } from './passwords.ts';

/** Of 4; the library takes 3 for safe where somebody guesses at a stolen slow hash. */
const SUFFICIENT_SCORE = 3;
/** Only the beginning is judged: the time it takes grows with the square of the length, and 256 characters take seconds. */
const JUDGED_CHARACTERS = 64;
/** Ways of reading symbols as letters that are tried; as many as keep the worst case at a tenth of a second. */
const MAX_SUBSTITUTIONS = 20;
const PRODUCT = 'vitasync';
/** Shorter parts of names occur in other words by chance. */
const SHORTEST_WORD = 3;

export interface PasswordStrengthOptions {
  /** The names of those of the clinics that exist. */
  readonly clinicNames: (clinicIds: readonly string[]) => Promise<readonly string[]>;
}

/** Whose password it is to be: what others know about them is easy to guess. */
export type PasswordOwner = Pick<Account, 'username' | 'name' | 'clinicIds'>;

export class PasswordStrength {
  readonly #options: PasswordStrengthOptions;

  constructor(options: PasswordStrengthOptions) {
    this.#options = options;
  }

  /** A fault at `path` that says in words why the password is too weak; none where it is not. */
  async faultsOf(path: string, password: string, { username, name, clinicIds }: PasswordOwner): Promise<Fault[]> {
    const clinicNames = await this.#options.clinicNames(clinicIds);
    const known = [username, name, PRODUCT, ...clinicIds, ...clinicNames].flatMap(wordsOf);
    const { score, feedback } = (await loadEstimator()).check(normalPassword(password), [...new Set(known)]);
    if (score >= SUFFICIENT_SCORE) return [];
    const message = ['is too easy to guess.', feedback.warning, ...feedback.suggestions].filter(Boolean).join(' ');
    return [{ path, message }];
  }
}

/** A name as a whole, without its spaces, and its parts. */
function wordsOf(text: string): string[] {
  const folded = normalPassword(text).toLowerCase();
  const parts = folded.split(/[^\p{L}\p{N}]+/u);
  return [folded, parts.join(''), ...parts].filter((word) => word.length >= SHORTEST_WORD);
}

let estimator: Promise<ZxcvbnFactory> | undefined;

/** Once in a process, and only where a password is set: the dictionaries take half a second and 23 MB. */
function loadEstimator(): Promise<ZxcvbnFactory> {
  estimator ??= createEstimator();
  return estimator;
}

async function createEstimator(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]);
  return new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    translations: english.translations,
    maxLength: JUDGED_CHARACTERS,
    l33tMaxSubstitutions: MAX_SUBSTITUTIONS,
  });
}
