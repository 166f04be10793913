/** Amounts as people read them. */
const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** In units of 1,000, as disks are sold. */
export function bytesWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

const STEPS = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
] as const;

/** In the greatest unit of which there are at least two. */
export function ageWords(seconds: number): string {
  for (const [size, name] of STEPS) {
    if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${name}s`;
  }
  const whole = Math.round(seconds);
  return `${whole} second${whole === 1 ? '' : 's'}`;
}
