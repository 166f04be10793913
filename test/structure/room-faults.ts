/** Holds the map of the rooms in CONTRIBUTING.md against what the code imports. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { circlesIn, type Graph } from './circles.ts';
import { type Import, importsOf } from './imports.ts';
import { type Room, readRoomMap, roomOf } from './room-map.ts';

const DOCUMENT = 'CONTRIBUTING.md';
const FOLDERS = ['server', 'shared-schemas', 'sync-rules'];
const CODE = /\.(?:ts|tsx|js|mjs)$/;

/** An import from one room by another. */
interface Crossing extends Import {
  readonly fromRoom: Room;
  readonly toRoom: Room;
}

/** What is wrong, a line each that names file and line; none where the map is true and nothing goes in a circle. */
export async function roomFaults(root: string): Promise<string[]> {
  const rooms = readRoomMap(await readFile(path.join(root, DOCUMENT), 'utf8'));
  const paths = (await Promise.all(FOLDERS.map((folder) => pathsIn(root, folder)))).flat().sort();
  const files = paths.filter((file) => CODE.test(file));
  const imports = (await Promise.all(files.map((file) => importsOf(root, file)))).flat();
  const crossings = imports.flatMap((one) => crossingOf(rooms, one));
  return [
    ...paths.filter((file) => !roomOf(rooms, file)).map((file) => `${file}:1: it is in no room that ${DOCUMENT} names`),
    ...rooms
      .filter((room) => !paths.some((file) => roomOf(rooms, file) === room))
      .map(({ place, line }) => `${DOCUMENT}:${line}: there is nothing in ${place}`),
    ...imports
      .filter(({ to }) => !roomOf(rooms, to))
      .map(({ from, line, to }) => `${from}:${line}: it imports ${to}, which is in no room`),
    ...crossings.flatMap(forbidden),
    ...rooms.flatMap((room) => unused(room, crossings)),
    ...circlesIn(graphOf(crossings, (one) => [one.fromRoom.name, one.toRoom.name])).map((circle) =>
      textOf('rooms', circle),
    ),
    ...circlesIn(graphOf(imports, ({ from, to }) => [from, to])).map((circle) => textOf('files', circle)),
  ];
}

async function pathsIn(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
}

function crossingOf(rooms: readonly Room[], one: Import): Crossing[] {
  const [fromRoom, toRoom] = [roomOf(rooms, one.from), roomOf(rooms, one.to)];
  return fromRoom && toRoom && fromRoom !== toRoom ? [{ ...one, fromRoom, toRoom }] : [];
}

function forbidden({ from, line, to, typeOnly, fromRoom, toRoom }: Crossing): string[] {
  const allowed = fromRoom.mayImport.get(toRoom.name);
  if (allowed === undefined)
    return [`${from}:${line}: it imports ${to}, and ${DOCUMENT} does not let ${fromRoom.name} import ${toRoom.name}`];
  if (allowed === 'types' && !typeOnly)
    return [
      `${from}:${line}: it imports ${to}, and ${DOCUMENT} lets ${fromRoom.name} import only types of ${toRoom.name}`,
    ];
  return [];
}

function unused({ name, mayImport, line }: Room, crossings: readonly Crossing[]): string[] {
  const used = new Set(crossings.flatMap(({ fromRoom, toRoom }) => (fromRoom.name === name ? [toRoom.name] : [])));
  return [...mayImport.keys()]
    .filter((other) => !used.has(other))
    .map((other) => `${DOCUMENT}:${line}: ${name} may import ${other}, and does not`);
}

function graphOf<T extends Import>(imports: readonly T[], ends: (one: T) => readonly [string, string]): Graph<T> {
  const graph = new Map<string, Map<string, T>>();
  for (const one of imports) {
    const [from, to] = ends(one);
    const edges = graph.get(from) ?? new Map<string, T>();
    graph.set(from, edges);
    if (!edges.has(to)) edges.set(to, one);
  }
  return graph;
}

function textOf(what: string, circle: readonly Import[]): string {
  const steps = circle.map(({ from, line, to }) => `    ${from}:${line} imports ${to}`);
  return [`${circle[0]?.from}:${circle[0]?.line}: ${what} import each other in a circle`, ...steps].join('\n');
}
