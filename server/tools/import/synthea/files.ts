/**
 * The files of Synthea's CSV export that are read, with the columns that are mapped.
 * https://github.com/synthetichealth/synthea/wiki/CSV-File-Data-Dictionary
 *
 * `columns` must be there: without one of them its content would be lost without a word. `optional` ones came with later
 * versions of Synthea. Columns that are not named (costs, payers, coordinates, …) have no field in a document.
 * `identity` says what makes a row itself: its `Id`, all its columns, or nothing, where it becomes no document of its own.
 */
interface FileSpec {
  readonly required: boolean;
  readonly identity: 'id' | 'columns' | 'none';
  readonly columns: readonly string[];
  readonly optional: readonly string[];
}

export const FILES = {
  organizations: {
    required: true,
    identity: 'id',
    columns: ['Id', 'NAME', 'ADDRESS', 'CITY', 'STATE', 'ZIP', 'PHONE'],
    optional: [],
  },
  providers: {
    required: false,
    identity: 'id',
    columns: ['Id', 'ORGANIZATION', 'NAME', 'SPECIALITY'],
    optional: [],
  },
  patients: {
    required: true,
    identity: 'id',
    columns: ['Id', 'BIRTHDATE', 'DEATHDATE', 'SSN', 'FIRST', 'LAST', 'GENDER', 'ADDRESS', 'CITY', 'STATE', 'ZIP'],
    optional: ['MIDDLE'],
  },
  encounters: {
    required: false,
    identity: 'id',
    columns: [
      'Id',
      'START',
      'PATIENT',
      'ORGANIZATION',
      'PROVIDER',
      'ENCOUNTERCLASS',
      'DESCRIPTION',
      'REASONCODE',
      'REASONDESCRIPTION',
    ],
    optional: [],
  },
  conditions: {
    required: false,
    identity: 'none',
    columns: ['START', 'STOP', 'PATIENT', 'ENCOUNTER', 'CODE', 'DESCRIPTION'],
    optional: [],
  },
  allergies: {
    required: false,
    identity: 'none',
    columns: ['START', 'STOP', 'PATIENT', 'CODE', 'DESCRIPTION'],
    optional: ['DESCRIPTION1', 'SEVERITY1', 'DESCRIPTION2', 'SEVERITY2'],
  },
  medications: {
    required: false,
    identity: 'columns',
    columns: ['START', 'STOP', 'PATIENT', 'ENCOUNTER', 'CODE', 'DESCRIPTION', 'DISPENSES', 'REASONDESCRIPTION'],
    optional: [],
  },
  procedures: {
    required: false,
    identity: 'columns',
    columns: ['START', 'STOP', 'PATIENT', 'ENCOUNTER', 'CODE', 'DESCRIPTION', 'REASONDESCRIPTION'],
    optional: [],
  },
  immunizations: {
    required: false,
    identity: 'columns',
    columns: ['DATE', 'PATIENT', 'ENCOUNTER', 'CODE', 'DESCRIPTION'],
    optional: [],
  },
  observations: {
    required: false,
    identity: 'none',
    columns: ['DATE', 'PATIENT', 'ENCOUNTER', 'CODE', 'VALUE', 'UNITS'],
    optional: ['CATEGORY'],
  },
  careplans: { required: false, identity: 'none', columns: ['Id', 'PATIENT'], optional: [] },
} as const satisfies Record<string, FileSpec>;

export type FileName = keyof typeof FILES;
export const FILE_NAMES = Object.keys(FILES) as readonly FileName[];

/** A file's name on disk, and in the account and messages. */
export const csvName = (file: FileName): string => `${file}.csv`;

export type Column<F extends FileName> = (typeof FILES)[F]['columns'][number] | (typeof FILES)[F]['optional'][number];

export interface Row<F extends FileName> {
  /** Line of the file at which the row begins; the header is line 1. */
  readonly line: number;
  /** Tells the row from every other of its file, and is the same in every export of the same data; see `identity`. */
  readonly key: string;
  /** The mapped columns; an optional one that the file has not is empty. */
  readonly cells: Readonly<Record<Column<F>, string>>;
}
