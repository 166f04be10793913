/** Answers with long lists, written piece by piece: they cost the memory of a piece, and wait for the device that reads them. */
import { once } from 'node:events';
import type { Response } from 'express';
import type { SyncDatabase } from './sync-database.ts';

/** Documents read and written at once. */
export const PIECE = 50;

export function* inPieces<T>(list: readonly T[], size = PIECE): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}

/** What is written beside the list. */
interface Frame {
  readonly head?: Readonly<Record<string, unknown>>;
  /** Of the list. */
  readonly name: string;
  readonly tail?: Readonly<Record<string, unknown>>;
}

/** Answers an object with a list of what `pieces` gives. Between two pieces other requests have their turn. */
export async function answerList(
  database: Pick<SyncDatabase, 'giveWay'>,
  response: Response,
  frame: Frame,
  pieces: AsyncIterable<readonly unknown[]>,
): Promise<void> {
  async function* texts() {
    for await (const piece of pieces) yield piece.map((item) => JSON.stringify(item));
  }
  await answerTexts(database, response, frame, texts());
}

/** The same, of items that are JSON already. */
export async function answerTexts(
  database: Pick<SyncDatabase, 'giveWay'>,
  response: Response,
  { head = {}, name, tail = {} }: Frame,
  pieces: AsyncIterable<readonly string[]>,
): Promise<void> {
  let before = JSON.stringify({ ...head, [name]: [] }).slice(0, -2);
  for await (const piece of pieces) {
    if (piece.length > 0) {
      begin(response);
      await write(response, before + piece.join());
      before = ',';
    }
    if (response.closed) return;
    await database.giveWay();
  }
  begin(response);
  const end = JSON.stringify({ ...tail }).slice(1);
  response.end(`${before === ',' ? '' : before}]${end === '}' ? '' : ','}${end}`);
}

function begin(response: Response): void {
  if (!response.headersSent) response.status(200).type('application/json');
}

async function write(response: Response, text: string): Promise<void> {
  if (response.write(text) || response.closed) return;
  const over = new AbortController();
  const { signal } = over;
  try {
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
  } finally {
    over.abort();
  }
}
