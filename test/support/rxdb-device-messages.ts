/** What a test and the process of an RxDB device say to each other. */
import type { DocumentType } from '../../shared-schemas/document-types.ts';

export type DeviceDocument = Record<string, unknown> & { readonly _id: string };

export interface DeviceSettings {
  readonly collections: readonly { readonly type: DocumentType; readonly url: string }[];
  readonly accessToken: string;
  readonly pullBatchSize: number;
  readonly pushBatchSize: number;
  readonly retryTimeMs: number;
  /** Adds RxDB's own checks of schemas and documents. */
  readonly devMode: boolean;
}

/** Something that RxDB reported. Replication goes on after it. */
export interface DeviceError {
  readonly type: DocumentType;
  readonly code: string;
  readonly detail: string;
  /** Set where the storage refused a document that the server sent. */
  readonly rejectedId?: string;
}

/** A document that went out to the server, whatever was answered, or that came in. */
export interface Transfer {
  readonly type: DocumentType;
  readonly document: DeviceDocument;
}

/** Everything that can be asked of the process, under the name it is asked by. */
export interface DeviceCommands {
  start(settings: DeviceSettings): Promise<void>;
  insert(type: DocumentType, document: Record<string, unknown>): Promise<void>;
  patch(type: DocumentType, id: string, changes: Record<string, unknown>): Promise<void>;
  remove(type: DocumentType, id: string): Promise<void>;
  get(type: DocumentType, id: string): Promise<DeviceDocument | null>;
  all(type: DocumentType): Promise<DeviceDocument[]>;
  counts(): Promise<Partial<Record<DocumentType, number>>>;
  errors(): Promise<DeviceError[]>;
  pushed(): Promise<Transfer[]>;
  pulled(): Promise<Transfer[]>;
  awaitInSync(): Promise<void>;
  setOnline(online: boolean): Promise<void>;
  useToken(accessToken: string): Promise<void>;
  close(): Promise<void>;
}

export type CommandName = keyof DeviceCommands;

export interface CommandMessage {
  readonly call: number;
  readonly name: CommandName;
  readonly args: readonly unknown[];
}

export type AnswerMessage =
  | { readonly call: number; readonly value?: unknown }
  | { readonly call: number; readonly error: string };
