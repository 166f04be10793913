/** One input: a request, and what is expected of its answer. */
import type { Person } from './person.ts';

/** A line of a `_bulk_docs`, as text: it need not be JSON. */
export interface FuzzRow {
  readonly text: string;
  /** Where it can be read. */
  readonly id?: string;
  /** A new document that its author may write: it is stored, whatever stands beside it. */
  readonly isGood: boolean;
  /** No JSON, or not in UTF-8: then the whole body is none. */
  readonly isBroken: boolean;
}

export interface FuzzBatch {
  readonly rows: readonly FuzzRow[];
  /** What its `new_edits` says. */
  readonly mode: 'revisions' | 'edits';
  /** It is JSON, of the form that is documented, and within the limits. */
  readonly isReadable: boolean;
}

export interface FuzzInput {
  /** For the table of what was answered. */
  readonly endpoint: string;
  readonly person: Person;
  /** On a route of one type. */
  readonly isTyped: boolean;
  readonly method: string;
  /** As it stands in the request line. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Bytes of each piece of a body that is sent without its length. */
  readonly pieceBytes?: number;
  /** Instead of all of this: what is written to a connection of its own. */
  readonly bytes?: Buffer;
  /** After this the client goes away, as it may of a feed that waits. */
  readonly patienceMs?: number;
  /** Documents that may change where the answer says that they did, and else must not. */
  readonly named: readonly string[];
  /** Some of them may have changed whatever is answered: a large batch is written before its end is read. */
  readonly isInParts?: boolean;
  readonly batch?: FuzzBatch;
}

export interface FuzzAnswer {
  /** Undefined where the client went away, or the connection ended without an answer. */
  readonly status?: number;
  readonly contentType: string;
  readonly text: string;
}
