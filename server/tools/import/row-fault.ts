import type { DocumentOf, DocumentType } from '../../../shared-schemas/document-types.ts';
import { type Fault, validateDocument } from '../../../shared-schemas/validate.ts';
import type { FileAccount } from './ledger.ts';

/** A row that cannot be mapped. Its message names a column or field and a rule, and never a value: rows hold patients. */
export class RowFault extends Error {
  override readonly name = 'RowFault';
}

/** The result of `map`, or undefined where it threw a RowFault, which is then the row's outcome. */
export function attempt<T>(account: FileAccount, row: { readonly line: number }, map: () => T): T | undefined {
  try {
    return map();
  } catch (error) {
    if (!(error instanceof RowFault)) throw error;
    account.error(row.line, error.message);
    return undefined;
  }
}

/** The document itself where it is valid; throws RowFault with everything that is wrong with it. */
export function checked<T extends DocumentType>(type: T, document: DocumentOf[T]): DocumentOf[T] {
  const faults = validateDocument(type, document);
  if (faults.length > 0) throw new RowFault(faults.map(describeFault).join('; '));
  return document;
}

const describeFault = ({ path, message }: Fault): string => `${path || '/'} ${message}`;
