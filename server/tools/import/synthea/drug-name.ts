/** What the name of an RxNorm clinical drug says: "Ibuprofen 200 MG Oral Tablet" is 200 MG strong and an oral tablet. */

const STRENGTH = /(?<![\d./-])\d+(?:\.\d+)?\s(?:MG|MCG|UG|G|UNT|MEQ|MMOL|%)(?:\/(?:ML|MG|HR|ACTUAT))?(?![A-Za-z/])/g;
const FORM = /^[A-Z][A-Za-z -]*$/;

/** The strength of each ingredient, and the form; either is left out where the name does not say it plainly. */
export function readDrugName(name: string): { readonly strength?: string; readonly form?: string } {
  const matches = [...name.matchAll(STRENGTH)];
  const last = matches.at(-1);
  if (!last) return {};
  const strength = matches.map(([amount]) => amount).join(' / ');
  // A trade name follows in brackets.
  const form = name
    .slice(last.index + last[0].length)
    .replace(/\[[^\]]*\]\s*$/, '')
    .trim();
  return { strength, ...(FORM.test(form) && { form }) };
}
