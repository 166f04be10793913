import type { Ledger } from '../ledger.ts';
import type { PresentFiles } from './check-folder.ts';
import { csvName, FILE_NAMES, type FileName, type Row } from './files.ts';
import { observationSkipReason } from './observation-skip.ts';
import { readRows } from './read-rows.ts';

/** Files whose rows belong to a patient and are kept until the patient is mapped. */
type PatientFile =
  | 'encounters'
  | 'conditions'
  | 'allergies'
  | 'medications'
  | 'procedures'
  | 'immunizations'
  | 'observations';

export interface PatientRows {
  readonly patient: Row<'patients'>;
  readonly rows: { readonly [F in PatientFile]: Row<F>[] };
}

/** All rows that can become, or be merged into, a document. The others have their outcome in the ledger already. */
export interface DataSet {
  readonly organizations: readonly Row<'organizations'>[];
  readonly providers: readonly Row<'providers'>[];
  readonly patients: readonly PatientRows[];
}

export interface DataSetRead {
  readonly folder: string;
  readonly present: PresentFiles;
  readonly ledger: Ledger;
  readonly onBytes: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a folder that `checkFolder` found good. Memory holds the mapped columns of the rows that are kept; most of a
 * Synthea export is observations that are not, and those pass through.
 */
export async function readDataSet(read: DataSetRead): Promise<DataSet> {
  for (const file of FILE_NAMES) read.ledger.account(csvName(file)).present = read.present.has(file);
  const organizations = await all(rowsOf(read, 'organizations'));
  const providers = await all(rowsOf(read, 'providers'));
  const patients = new Map<string, PatientRows>();
  for await (const patient of rowsOf(read, 'patients')) patients.set(patient.key, { patient, rows: noRows() });
  await assignRows(read, 'encounters', patients);
  await assignRows(read, 'conditions', patients);
  await assignRows(read, 'allergies', patients);
  await assignRows(read, 'medications', patients);
  await assignRows(read, 'procedures', patients);
  await assignRows(read, 'immunizations', patients);
  await assignRows(read, 'observations', patients, observationSkipReason);
  await skipCarePlans(read);
  return { organizations, providers, patients: [...patients.values()] };
}

const noRows = (): PatientRows['rows'] => ({
  encounters: [],
  conditions: [],
  allergies: [],
  medications: [],
  procedures: [],
  immunizations: [],
  observations: [],
});

async function assignRows<F extends PatientFile>(
  read: DataSetRead,
  file: F,
  patients: ReadonlyMap<string, PatientRows>,
  skipReason: (row: Row<F>) => string | undefined = () => undefined,
): Promise<void> {
  const account = read.ledger.account(csvName(file));
  for await (const row of rowsOf(read, file)) {
    const reason = skipReason(row);
    // Every file of a patient has the column, which the compiler cannot see of a file that is a parameter.
    const { PATIENT } = row.cells as { readonly PATIENT: string };
    const patient = patients.get(PATIENT);
    if (reason !== undefined) account.skip(reason);
    else if (patient) patient.rows[file].push(row);
    else account.error(row.line, 'PATIENT is no Id of patients.csv');
  }
}

async function skipCarePlans(read: DataSetRead): Promise<void> {
  const account = read.ledger.account(csvName('careplans'));
  for await (const _ of rowsOf(read, 'careplans')) account.skip('care plan: no such document type');
}

/** The rows of a file, none where the folder has no such file; reports progress over all files. */
async function* rowsOf<F extends FileName>(read: DataSetRead, file: F): AsyncGenerator<Row<F>> {
  const { folder, present, ledger, onBytes, signal } = read;
  if (!present.has(file)) return;
  const sizes = [...present];
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  const before = sizes
    .slice(
      0,
      sizes.findIndex(([name]) => name === file),
    )
    .reduce((sum, [, bytes]) => sum + bytes, 0);
  const account = ledger.account(csvName(file));
  for await (const row of readRows(folder, file, account, (bytes) => onBytes(before + bytes, total))) {
    signal?.throwIfAborted();
    yield row;
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
