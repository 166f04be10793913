/** What a run and the process of its server say to each other. */
import type { StoredRevision } from '../../server/store/store.ts';

/** A document that the server itself vouches for. */
export interface TrustedDocument {
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Everything that can be asked of the process, under the name it is asked by. */
export interface FuzzServerCommands {
  /** Of the primary database, which no client can see whole; a document that it does not know has none. */
  leaves(ids: readonly string[]): Promise<readonly (readonly StoredRevision[])[]>;
  putTrusted(documents: readonly TrustedDocument[]): Promise<void>;
  settled(): Promise<void>;
  /** What is wrong with the store: documents that cannot be read, and role databases that are not what the rules say. */
  faults(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export type CommandName = keyof FuzzServerCommands;

export interface CommandMessage {
  readonly call: number;
  readonly name: CommandName;
  readonly args: readonly unknown[];
}

export type AnswerMessage =
  | { readonly call: number; readonly value?: unknown }
  | { readonly call: number; readonly error: string };

/** Sent once, when the server listens. */
export interface StartedMessage {
  readonly url: string;
  readonly adminToken: string;
}
