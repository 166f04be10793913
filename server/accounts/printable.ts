/** Text that people give something as a name, to be read in lists, terminals and logs. */
import { z } from 'zod';

/**
 * No control characters, no line breaks, and nothing that turns the direction of what stands behind it. Joiners are allowed: names
 * in several scripts have them.
 */
const PRINTABLE = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u;

export const printable = (maxLength: number) =>
  z.string().trim().min(1).max(maxLength).regex(PRINTABLE, 'must be printable');
