/** The body of `_bulk_docs`, read row by row as it arrives. A row that is asked for late makes the sender wait. */
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request } from 'express';
import { badRequest, CouchError } from './couch-error.ts';
import { ArrayReader, JsonFault, ObjectReader, parseJson, TextReader } from './json-readers.ts';
import { type RawRow, type RowLimits, RowReader } from './raw-row.ts';
import { MAX_DOCUMENTS } from './wire.ts';

export interface BatchLimits extends RowLimits {
  readonly bodyBytes: number;
}

/** Of a member that is not `docs`. */
const MAX_OPTION_BYTES = 1_024;
const INFLATERS: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

export class BatchReader {
  readonly #request: Request;
  readonly #limits: BatchLimits;
  readonly #top: ObjectReader;
  #rows: RawRow[] = [];
  #hasDocs = false;
  #newEdits: unknown;

  constructor(request: Request, limits: BatchLimits) {
    this.#request = request;
    this.#limits = limits;
    this.#top = new ObjectReader({
      open: (key) => (key === 'docs' ? this.#openDocs() : new TextReader(MAX_OPTION_BYTES)),
      onMember: (key, value) => {
        if (key === 'new_edits') this.#newEdits = parseJson((value as TextReader).kept ?? Buffer.from('""'));
      },
    });
  }

  /** Undefined as long as it was not read: stock PouchDB sends it behind the rows. */
  get newEdits(): boolean | undefined {
    const value = this.#newEdits;
    if (value !== undefined && typeof value !== 'boolean') throw badRequest('new_edits must be true or false.');
    return value;
  }

  #openDocs() {
    if (this.#hasDocs) throw badRequest('The body has "docs" twice.');
    this.#hasDocs = true;
    return new ArrayReader(
      () => new RowReader(this.#limits),
      (reader) => this.#rows.push(reader.row),
    );
  }

  /**
   * Each row, in the order they came.
   * @throws CouchError where the body is too large, or is not of this form.
   */
  async *rows(): AsyncGenerator<RawRow> {
    checkHead(this.#request, this.#limits.bodyBytes);
    let count = 0;
    for await (const chunk of this.#chunks()) {
      this.#take(chunk);
      count += this.#rows.length;
      if (count > MAX_DOCUMENTS)
        throw new CouchError(413, 'too_large', `At most ${MAX_DOCUMENTS} docs in one request.`);
      const rows = this.#rows;
      this.#rows = [];
      yield* rows;
    }
    if (!this.#top.done || !this.#hasDocs) throw notABatch();
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    let bytes = 0;
    try {
      for await (const chunk of sourceOf(this.#request).iterator({ destroyOnReturn: false })) {
        bytes += (chunk as Buffer).length;
        if (bytes > this.#limits.bodyBytes) throw tooLarge(this.#limits.bodyBytes);
        yield chunk as Buffer;
      }
    } catch (error) {
      throw isCut(error) ? badRequest('The body ended too early, or is not in the encoding that it names.') : error;
    }
  }

  #take(chunk: Buffer): void {
    try {
      const at = this.#top.done ? 0 : this.#top.read(chunk, 0);
      if (this.#top.done && chunk.subarray(at).toString('latin1').trim() !== '') throw new JsonFault();
    } catch (error) {
      throw error instanceof JsonFault ? notABatch() : error;
    }
  }
}

const notABatch = () =>
  badRequest('The request body is not valid JSON in UTF-8: it must be an object with an array "docs".');
const tooLarge = (limit: number) =>
  new CouchError(413, 'too_large', `The request is larger than ${limit} bytes: send fewer documents at a time.`);

/** Errors of the connection and of zlib; those of the gateway have no code. */
const isCut = (error: unknown): boolean => typeof (error as { code?: unknown } | undefined)?.code === 'string';

function checkHead(request: Request, limitBytes: number): void {
  if (!request.is('application/json'))
    throw new CouchError(415, 'bad_content_type', 'Content-Type must be application/json.');
  const charset = /;\s*charset\s*=\s*"?([\w-]+)/i.exec(request.get('content-type') ?? '')?.[1] ?? 'utf-8';
  const encoding = request.get('content-encoding') ?? 'identity';
  const isRead = encoding === 'identity' || Object.hasOwn(INFLATERS, encoding);
  if (!isRead || !/^utf-?8$/i.test(charset))
    throw new CouchError(415, 'bad_content_type', 'The request cannot be read: send JSON in UTF-8.');
  if (Number(request.get('content-length') ?? 0) > limitBytes) throw tooLarge(limitBytes);
}

function sourceOf(request: Request): Readable {
  const inflater = INFLATERS[request.get('content-encoding') ?? 'identity']?.();
  if (!inflater) return request;
  request.once('error', (error) => inflater.destroy(error));
  // Whoever reads it has gone where an earlier part of the body was refused.
  inflater.on('error', () => {});
  return request.pipe(inflater) as Readable;
}
