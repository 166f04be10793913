/** Answers with long lists, written piece by piece: they cost the memory of a piece, and wait for the device that reads them. */
import { once } from 'node:events';
import type { Response } from 'express';
import type { SyncDatabase } from './sync-database.ts';

/** Documents read and written at once. */
export const PIECE = 50;

export function* inPieces<T>(list: readonly T[], size = PIECE): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}

/** Answers an object that ends with the list `name`. Between two pieces other requests have their turn. */
export async function answerList(
  database: Pick<SyncDatabase, 'giveWay'>,
  response: Response,
  head: Readonly<Record<string, unknown>>,
  name: string,
  pieces: AsyncIterable<readonly unknown[]>,
): Promise<void> {
  let before = `${JSON.stringify({ ...head, [name]: [] }).slice(0, -2)}`;
  for await (const piece of pieces) {
    if (piece.length > 0) {
      if (!response.headersSent) response.status(200).type('application/json');
      await write(response, before + piece.map((item) => JSON.stringify(item)).join());
      before = ',';
    }
    if (response.closed) return;
    await database.giveWay();
  }
  if (!response.headersSent) response.status(200).type('application/json');
  response.end(`${before === ',' ? '' : before}]}`);
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
