/** The order in which LevelDB keeps keys: that of their UTF-8 bytes, which is the order of code points. */

/** JavaScript compares UTF-16, where characters beyond the first 65,536 come before some of the first. */
const rankOf = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

/** Negative where `a` comes first, positive where `b` does, 0 where they are equal. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rankOf(x) - rankOf(y);
  }
  return a.length - b.length;
}
