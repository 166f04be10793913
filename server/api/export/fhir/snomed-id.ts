/**
 * Tells SNOMED CT's concept ids from other numbers: they end in two digits that say what is named, and in a check digit of
 * Verhoeff's, the multiplication of the symmetries of a pentagon (SNOMED CT Release File Specification, chapter 6).
 */

/** 6 to 18 digits; `00` names a concept of the international edition, `10` one of an extension. */
const FORM = /^[1-9]\d{2,14}[01]0\d$/;

/** Verhoeff's permutation of the digits; a digit is permuted as often as its place from the right says. */
const PERMUTATION = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

export function isSnomedConceptId(code: string): boolean {
  if (!FORM.test(code)) return false;
  const check = [...code].reverse().reduce((sum, digit, place) => product(sum, permuted(Number(digit), place % 8)), 0);
  return check === 0;
}

function permuted(digit: number, times: number): number {
  return times === 0 ? digit : permuted(PERMUTATION[digit] ?? 0, times - 1);
}

/** 0 to 4 are rotations, 5 to 9 reflections. */
function product(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : ((a + b) % 5) + 5;
  return b < 5 ? ((a - b) % 5) + 5 : (a - b + 5) % 5;
}
