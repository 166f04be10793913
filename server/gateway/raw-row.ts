/** One row of a push as it arrived, before anything of it is parsed. */
import { ObjectReader, parseJson, TextReader, type ValueReader } from './json-readers.ts';

/** Of a row that is not read whole, a member up to this size is. */
const MEMBER_BYTES = 64 * 1_024;
/** Deeper than any document of ours by far; recursion over a document is safe below it. */
export const MAX_DEPTH = 40;
/** A document of ours has a few thousand values at most. More would keep the server busy with one row for longer than others can wait. */
export const MAX_VALUES = 10_000;
const MAX_MEMBER_VALUES = 1_000;

/** Why a row is not parsed. */
export type RowFault = 'too_large' | 'too_complex';

export interface RawRow {
  /** As it arrived, up to the number of bytes that is kept. */
  readonly text: Buffer | undefined;
  readonly bytes: number;
  /** How many values it has, itself included. */
  readonly values: number;
  readonly fault: RowFault | undefined;
  /** Of a row with a fault, the members that can be read all the same. */
  readonly members: Readonly<Record<string, unknown>>;
  /** How large the others are, in bytes. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export interface RowLimits {
  /** Larger rows are not parsed. */
  readonly parsedBytes: number;
  /** Larger rows are not kept whole. */
  readonly keptBytes: number;
}

/** Takes one row. It costs no more memory than a row that is kept, however large it is. */
export class RowReader implements ValueReader {
  readonly #limits: RowLimits;
  readonly #text: TextReader;
  #skim: Skim | undefined;
  #before: Buffer[] = [];

  constructor(limits: RowLimits) {
    this.#limits = limits;
    this.#text = new TextReader(limits.keptBytes);
  }

  get done(): boolean {
    return this.#text.done;
  }

  read(chunk: Buffer, from: number): number {
    const end = this.#text.read(chunk, from);
    const piece = chunk.subarray(from, end);
    if (this.#skim) this.#skim.take(piece);
    else {
      this.#before.push(piece);
      if (this.#fault !== undefined) this.#beginSkim();
    }
    return end;
  }

  get #fault(): RowFault | undefined {
    const { deepest, values } = this.#text.scanner;
    if (this.#text.bytes > this.#limits.parsedBytes) return 'too_large';
    return deepest > MAX_DEPTH || values > MAX_VALUES ? 'too_complex' : undefined;
  }

  #beginSkim(): void {
    this.#skim = new Skim();
    for (const piece of this.#before) this.#skim.take(piece);
    this.#before = [];
  }

  get row(): RawRow {
    const { members = {}, leftOut = {} } = this.#skim ?? {};
    return {
      text: this.#text.kept,
      bytes: this.#text.bytes,
      values: this.#text.scanner.values,
      fault: this.#fault,
      members,
      leftOut,
    };
  }
}

/** Reads what can be read of a row that is not parsed: its small members, one by one. */
class Skim {
  readonly #members = new Map<string, unknown>();
  readonly #leftOut = new Map<string, number>();
  readonly #reader = new ObjectReader({
    open: () => new TextReader(MEMBER_BYTES),
    onMember: (key, value) => this.#note(key, value as TextReader),
  });
  #bytes = 0;
  #isObject: boolean | undefined;

  take(piece: Buffer): void {
    this.#isObject ??= piece[0] === '{'.charCodeAt(0);
    if (this.#isObject && !this.#reader.done) this.#reader.read(piece, 0);
  }

  #note(key: string, { kept, bytes, scanner }: TextReader): void {
    // One for each would be as many as there are bytes.
    if (this.#members.size + this.#leftOut.size >= 1_000) return;
    const isSmall = scanner.deepest < MAX_DEPTH && scanner.values <= MAX_MEMBER_VALUES;
    if (kept && isSmall && this.#bytes + bytes <= 4 * MEMBER_BYTES) {
      this.#bytes += bytes;
      this.#members.set(key, parseJson(kept));
    } else this.#leftOut.set(key, bytes);
  }

  get members(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#members);
  }
  get leftOut(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#leftOut);
  }
}
