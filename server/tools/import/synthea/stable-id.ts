import { createHash } from 'node:crypto';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const ULID_CHARACTERS = 26;
const RANDOM_BITS = 80n;
const MAX_TIME_MS = 2 ** 48 - 1;

/**
 * A ULID that is the same in every run: its time is that of the row, and what is random in an ordinary one comes from
 * `sourceKey`, which must be unlike that of any other row of that time.
 * @param timeMs milliseconds since 1970; an earlier time counts as 1970, because a ULID has no sign
 */
export function stableUlid(timeMs: number, sourceKey: string): string {
  const time = BigInt(Math.min(Math.max(Math.trunc(timeMs), 0), MAX_TIME_MS));
  const random = BigInt(`0x${createHash('sha256').update(sourceKey).digest('hex').slice(0, 20)}`);
  let rest = (time << RANDOM_BITS) | random;
  let ulid = '';
  for (let i = 0; i < ULID_CHARACTERS; i++) {
    ulid = CROCKFORD.charAt(Number(rest & 31n)) + ulid;
    rest >>= 5n;
  }
  return ulid;
}

/** A number from 0 up to but not including `count`, the same for the same key in every run. */
export function stableIndex(sourceKey: string, count: number): number {
  return createHash('sha256').update(sourceKey).digest().readUInt32BE(0) % count;
}
