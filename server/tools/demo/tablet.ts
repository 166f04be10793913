/** A tablet as the story handles it, whatever database client it runs. */
import type { RuleDocument } from '../../../sync-rules/document.ts';
import type { Login } from './rest-client.ts';

export interface Tablet {
  /** Whose it is, in a word. */
  readonly name: string;
  readonly client: 'PouchDB' | 'RxDB';
  readonly principal: Login['principal'];
  /** Documents come and go as they are written, until the connection is lost. */
  goOnline(): void;
  goOffline(): Promise<void>;
  /** The document as this tablet shows it now, or undefined where it has none. */
  read(id: string): Promise<RuleDocument | undefined>;
  /** Everything on it, by id, reference data included. */
  documents(): Promise<ReadonlyMap<string, RuleDocument>>;
  /** Stores a document, new or changed, on the tablet; it is sent when there is a connection. */
  write(document: RuleDocument): Promise<void>;
  close(): Promise<void>;
}

export interface TabletOptions {
  readonly name: string;
  /** Address of the server. */
  readonly server: string;
  readonly login: Login;
}
