/** The map of the rooms, as CONTRIBUTING.md shows it. */

export interface Room {
  /** As other rows name it: its folder without `server/`. */
  readonly name: string;
  /** `server/gateway`; or `server/*.ts` for the files that lie in no room's folder. */
  readonly place: string;
  /** The rooms that it may import, and whether only types of them. */
  readonly mayImport: ReadonlyMap<string, 'anything' | 'types'>;
  /** Of its row in the document. */
  readonly line: number;
}

const HEAD = '| room | what it is for | may import |';
const NOTHING = 'nothing';
const ONLY_TYPES = 'only types of';

/** @throws Error where the document has no such table, or a row that cannot be read */
export function readRoomMap(document: string): Room[] {
  const lines = document.split('\n');
  const head = lines.indexOf(HEAD);
  if (head < 0) throw new Error(`there is no table with the head "${HEAD}"`);
  const rows = lines.slice(head + 2);
  const end = rows.findIndex((row) => !row.startsWith('|'));
  return rows.slice(0, end < 0 ? rows.length : end).map((row, at) => readRow(row, head + 3 + at));
}

function readRow(row: string, line: number): Room {
  const [, first = '', , third = ''] = row.split('|').map((cell) => cell.trim());
  const place = quoted(first)[0]?.replace(/\/$/, '');
  if (place === undefined) throw new Error(`line ${line}: the row names no folder`);
  const [anything = '', types = ''] = third.split(ONLY_TYPES);
  const mayImport = new Map([
    ...quoted(anything).map((name) => [name, 'anything'] as const),
    ...quoted(types).map((name) => [name, 'types'] as const),
  ]);
  if (mayImport.size === 0 && third !== NOTHING)
    throw new Error(`line ${line}: the row says neither "${NOTHING}" nor what the room may import`);
  return { name: place.replace(/^server\//, ''), place, mayImport, line };
}

const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => String(text));

/** The room that a file belongs to: the one with the longest folder that holds it. */
export function roomOf(rooms: readonly Room[], file: string): Room | undefined {
  const [room] = rooms.filter(({ place }) => holds(place, file)).sort((a, b) => b.place.length - a.place.length);
  return room;
}

function holds(place: string, file: string): boolean {
  if (!place.endsWith('/*.ts')) return file.startsWith(`${place}/`);
  const folder = place.slice(0, -'*.ts'.length);
  return file.startsWith(folder) && !file.slice(folder.length).includes('/');
}
