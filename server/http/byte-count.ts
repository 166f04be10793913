/** How many bytes of bodies a request brings and takes away; headers are not counted. */
import type { Request, Response } from 'express';

export interface ByteCount {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

type Write = (chunk?: unknown, encoding?: unknown, done?: unknown) => unknown;

/**
 * Counts from now on what is written to the response. The request's body counts as long as its Content-Length says: a body
 * without one, which no stock client sends, counts nothing.
 */
export function countBytes(request: Request, response: Response): () => ByteCount {
  const declared = Number(request.get('content-length') ?? 0);
  const bytesIn = Number.isSafeInteger(declared) && declared > 0 ? declared : 0;
  let bytesOut = 0;
  const counted = (write: Write): Write =>
    function (this: unknown, chunk, encoding, done) {
      bytesOut += sizeOf(chunk, encoding);
      return write.call(response, chunk, encoding, done);
    };
  // Node's own `end` does not call `write` for its last chunk, so that none is counted twice.
  response.write = counted(response.write as Write) as typeof response.write;
  response.end = counted(response.end as Write) as typeof response.end;
  return () => ({ bytesIn, bytesOut });
}

function sizeOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
