/** The form of passwords. How hard a new one is to guess is password-strength.ts's matter. */
import { z } from 'zod';

const MIN_LENGTH = 10;
const MAX_LENGTH = 256;

/** One that somebody chose before. */
export const typedPassword = z.string().min(1).max(MAX_LENGTH);
export const newPassword = z
  .string()
  .min(MIN_LENGTH, `must have at least ${MIN_LENGTH} characters`)
  .max(MAX_LENGTH, `must have at most ${MAX_LENGTH} characters`)
  .describe('Hard to guess: no common password, name or pattern. Several words that do not belong together are good.');
