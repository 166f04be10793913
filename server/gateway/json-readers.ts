/**
 * Reading JSON as it arrives, byte by byte: what is kept of it is decided before it is parsed, so that a body costs no more
 * memory than the largest part of it that is wanted.
 */

/** The bytes are not JSON: whoever sent them is answered so, and sends them again. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
}

const byte = (character: string): number => character.charCodeAt(0);
const [QUOTE, BACKSLASH, COMMA, COLON] = ['"', '\\', ',', ':'].map(byte) as [number, number, number, number];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = ['{', '}', '[', ']'].map(byte) as [
  number,
  number,
  number,
  number,
];

const isSpace = (one: number | undefined): boolean => one === 0x20 || one === 0x0a || one === 0x0d || one === 0x09;
const isOpening = (one: number | undefined): boolean => one === OPEN_OBJECT || one === OPEN_ARRAY;
const isClosing = (one: number | undefined): boolean => one === CLOSE_OBJECT || one === CLOSE_ARRAY;

function afterSpace(chunk: Buffer, from: number): number {
  let at = from;
  while (at < chunk.length && isSpace(chunk[at])) at++;
  return at;
}

/** Takes one JSON value, of which each chunk may hold a part. */
export interface ValueReader {
  /** Reads on at `from`, which holds the value's first byte or its next one; answers the place behind what it took. */
  read(chunk: Buffer, from: number): number;
  readonly done: boolean;
}

/** Finds the end of a value, and what can be said of it without parsing it. Whether it is valid is for `JSON.parse`. */
export class ValueScanner implements ValueReader {
  #depth = 0;
  #inText = false;
  #escaped = false;
  #begun = false;
  #done = false;
  #deepest = 0;
  #values = 1;

  get done(): boolean {
    return this.#done;
  }
  /** Levels of arrays and objects. */
  get deepest(): number {
    return this.#deepest;
  }
  /** How many values it has, itself included, or a few more. */
  get values(): number {
    return this.#values;
  }

  read(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && !this.#done) {
      if (this.#inText) at = this.#readText(chunk, at);
      else {
        const one = chunk[at];
        if (this.#depth === 0 && this.#begun && (one === COMMA || isSpace(one) || isClosing(one))) this.#done = true;
        else {
          this.#take(one);
          at++;
        }
      }
    }
    return at;
  }

  #take(one: number | undefined): void {
    this.#begun = true;
    if (one === QUOTE) this.#inText = true;
    else if (isOpening(one)) {
      this.#depth++;
      this.#values++;
      if (this.#depth > this.#deepest) this.#deepest = this.#depth;
    } else if (isClosing(one)) {
      this.#depth--;
      if (this.#depth < 0) throw new JsonFault();
      if (this.#depth === 0) this.#done = true;
    } else if (one === COMMA) this.#values++;
  }

  #readText(chunk: Buffer, from: number): number {
    let at = from;
    if (this.#escaped) {
      this.#escaped = false;
      at++;
    }
    const found = chunk.indexOf(QUOTE, at);
    const end = found === -1 ? chunk.length : found;
    const escaped = backslashesBefore(chunk, at, end) % 2 === 1;
    if (found === -1) {
      this.#escaped = escaped;
      return chunk.length;
    }
    if (!escaped) {
      this.#inText = false;
      if (this.#depth === 0) this.#done = true;
    }
    return end + 1;
  }
}

function backslashesBefore(chunk: Buffer, from: number, end: number): number {
  let count = 0;
  while (end - count > from && chunk[end - count - 1] === BACKSLASH) count++;
  return count;
}

/** Keeps the bytes of a value up to a number of them, and counts the others. */
export class TextReader implements ValueReader {
  readonly scanner = new ValueScanner();
  readonly #limitBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get done(): boolean {
    return this.scanner.done;
  }
  get bytes(): number {
    return this.#bytes;
  }

  read(chunk: Buffer, from: number): number {
    const end = this.scanner.read(chunk, from);
    this.#bytes += end - from;
    if (this.#bytes <= this.#limitBytes) this.#parts.push(chunk.subarray(from, end));
    else this.#parts = [];
    return end;
  }

  /** Undefined where there were too many. */
  get kept(): Buffer | undefined {
    return this.#bytes <= this.#limitBytes ? Buffer.concat(this.#parts) : undefined;
  }
}

/** A key that is longer names nothing that anyone reads. */
const MAX_KEY_BYTES = 2_048;

export interface ObjectReaderOptions {
  /** What takes the value of a member. */
  readonly open: (key: string) => ValueReader;
  readonly onMember?: (key: string, reader: ValueReader) => void;
}

/** Reads an object member by member. */
export class ObjectReader implements ValueReader {
  readonly #options: ObjectReaderOptions;
  #expected: 'object' | 'first key' | 'key' | 'colon' | 'value' | 'next' = 'object';
  #key: TextReader | undefined;
  #name = '';
  #value: ValueReader | undefined;
  #done = false;

  constructor(options: ObjectReaderOptions) {
    this.#options = options;
  }

  get done(): boolean {
    return this.#done;
  }

  read(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && !this.#done) {
      const before = at;
      if (this.#value) at = this.#readValue(this.#value, chunk, at);
      else if (this.#key) at = this.#readKey(this.#key, chunk, at);
      else {
        at = afterSpace(chunk, at);
        if (at < chunk.length) at = this.#step(chunk, at);
      }
      if (at < before) throw new JsonFault();
    }
    return at;
  }

  #step(chunk: Buffer, at: number): number {
    const one = chunk[at];
    switch (this.#expected) {
      case 'object':
        return this.#expect(one === OPEN_OBJECT, 'first key', at + 1);
      case 'first key':
        if (one === CLOSE_OBJECT) return this.#end(at);
        return this.#openKey(one, at);
      case 'key':
        return this.#openKey(one, at);
      case 'colon':
        return this.#expect(one === COLON, 'value', at + 1);
      case 'value':
        if (one === COMMA || isClosing(one)) throw new JsonFault();
        this.#value = this.#options.open(this.#name);
        return at;
      case 'next':
        if (one === CLOSE_OBJECT) return this.#end(at);
        return this.#expect(one === COMMA, 'key', at + 1);
    }
  }

  #expect(isThere: boolean, next: 'first key' | 'key' | 'value', at: number): number {
    if (!isThere) throw new JsonFault();
    this.#expected = next;
    return at;
  }

  #openKey(one: number | undefined, at: number): number {
    if (one !== QUOTE) throw new JsonFault();
    this.#key = new TextReader(MAX_KEY_BYTES);
    return at;
  }

  #readKey(key: TextReader, chunk: Buffer, from: number): number {
    const at = key.read(chunk, from);
    if (key.done) {
      this.#name = key.kept ? String(parseJson(key.kept)) : '';
      this.#key = undefined;
      this.#expected = 'colon';
    }
    return at;
  }

  #readValue(value: ValueReader, chunk: Buffer, from: number): number {
    const at = value.read(chunk, from);
    if (value.done) {
      this.#options.onMember?.(this.#name, value);
      this.#value = undefined;
      this.#expected = 'next';
    }
    return at;
  }

  #end(at: number): number {
    this.#done = true;
    return at + 1;
  }
}

/** Reads an array item by item. */
export class ArrayReader<R extends ValueReader> implements ValueReader {
  readonly #open: () => R;
  readonly #onItem: (reader: R) => void;
  #expected: 'array' | 'first item' | 'item' | 'next' = 'array';
  #item: R | undefined;
  #done = false;

  constructor(open: () => R, onItem: (reader: R) => void) {
    this.#open = open;
    this.#onItem = onItem;
  }

  get done(): boolean {
    return this.#done;
  }

  read(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && !this.#done) {
      if (this.#item) at = this.#readItem(this.#item, chunk, at);
      else {
        at = afterSpace(chunk, at);
        if (at < chunk.length) at = this.#step(chunk[at], at);
      }
    }
    return at;
  }

  #step(one: number | undefined, at: number): number {
    const mayEnd = this.#expected === 'first item' || this.#expected === 'next';
    if (mayEnd && one === CLOSE_ARRAY) {
      this.#done = true;
      return at + 1;
    }
    if (this.#expected === 'array' || this.#expected === 'next') {
      if (one !== (this.#expected === 'array' ? OPEN_ARRAY : COMMA)) throw new JsonFault();
      this.#expected = this.#expected === 'array' ? 'first item' : 'item';
      return at + 1;
    }
    if (one === COMMA || isClosing(one)) throw new JsonFault();
    this.#item = this.#open();
    return at;
  }

  #readItem(item: R, chunk: Buffer, from: number): number {
    const at = item.read(chunk, from);
    if (item.done) {
      this.#onItem(item);
      this.#item = undefined;
      this.#expected = 'next';
    }
    return at;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The value of bytes that are JSON in UTF-8.
 * @throws JsonFault
 */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    throw new JsonFault();
  }
}
