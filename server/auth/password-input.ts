/** What is accepted as a password. Length is all that is asked of a new one (NIST SP 800-63B, 3.1.1). */
import { z } from 'zod';

const MAX_LENGTH = 256;

/** One that somebody chose before. */
export const typedPassword = z.string().min(1).max(MAX_LENGTH);
export const newPassword = z.string().min(10, 'must have at least 10 characters').max(MAX_LENGTH);
