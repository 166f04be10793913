import type { Drug } from '../../../../shared-schemas/reference.ts';
import { validateDocument } from '../../../../shared-schemas/validate.ts';
import { commonFields, given } from './common-fields.ts';
import { readDrugName } from './drug-name.ts';
import type { Row } from './files.ts';
import { stableUlid } from './stable-id.ts';
import { parseInstant } from './times.ts';

export interface DrugPlan {
  readonly documents: readonly Drug[];
  /** The document id of the drug of a code, or undefined where there is none. */
  idOf(code: string): string | undefined;
}

/**
 * The drug catalogue: one entry per code among the medications, under the name of its first row, created when it was first
 * prescribed. A drug that would not be valid is left out here; the rows that name it are errors for the same reason.
 */
export function planDrugs(rows: readonly Row<'medications'>[], nowMs: number): DrugPlan {
  const firsts = new Map<string, { readonly name: string; readonly sinceMs: number }>();
  for (const { cells } of rows) {
    const sinceMs = parseInstant(cells.START);
    if (cells.CODE === '' || sinceMs === undefined || sinceMs > nowMs) continue;
    const first = firsts.get(cells.CODE) ?? { name: cells.DESCRIPTION, sinceMs };
    firsts.set(cells.CODE, { name: first.name, sinceMs: Math.min(first.sinceMs, sinceMs) });
  }
  const documents = [...firsts]
    .map(([code, { name, sinceMs }]) => drugOf(code, name, sinceMs))
    .filter((drug) => validateDocument('drug', drug).length === 0);
  const ids = new Map(documents.map(({ code, _id }) => [code, _id]));
  return { documents, idOf: (code) => ids.get(code) };
}

const drugOf = (code: string, name: string, sinceMs: number): Drug => ({
  _id: `drug:drug:${stableUlid(0, `drug:${code}`)}`,
  type: 'drug',
  ...commonFields(sinceMs),
  name,
  code,
  ...given(readDrugName(name)),
  active: true,
});
