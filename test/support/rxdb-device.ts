/** A tablet with stock RxDB, in a process of its own, as a test or a demonstration handles it. */

import { type ChildProcess, fork } from 'node:child_process';
import type { DocumentType } from '../../shared-schemas/document-types.ts';
import type { Login } from './api-client.ts';
import { compiled } from './compiled.ts';
import type {
  AnswerMessage,
  CommandName,
  DeviceCommands,
  DeviceDocument,
  DeviceError,
  DeviceSettings,
  Transfer,
} from './rxdb-device-messages.ts';

export type RxdbDeviceOptions = Partial<Omit<DeviceSettings, 'collections' | 'accessToken'>>;

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class RxdbDevice {
  readonly login: Login;
  /** Of the collections, one for each type that the login may sync. */
  readonly types: readonly DocumentType[];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #pending = new Map<number, PendingCall>();
  #lastCall = 0;

  private constructor(login: Login, types: readonly DocumentType[], program: string) {
    this.login = login;
    this.types = types;
    this.#child = fork(program, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (answer: AnswerMessage) => this.#settle(answer));
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        for (const { reject } of this.#pending.values()) reject(new Error(`the device ended: ${signal ?? code}`));
        this.#pending.clear();
        resolve();
      });
    });
  }

  /** Starts the process, the collections and their live replication. Does not wait for any document. */
  static async start(login: Login, options: RxdbDeviceOptions = {}): Promise<RxdbDevice> {
    const collections = login.databases.flatMap(({ url, types }) =>
      types.map((type) => ({ type: type as DocumentType, url: `${url}/${type}/` })),
    );
    const device = new RxdbDevice(
      login,
      collections.map(({ type }) => type),
      await compiled('test/support/rxdb-device-process.ts'),
    );
    const { accessToken } = login;
    const defaults = { pullBatchSize: 100, pushBatchSize: 100, retryTimeMs: 100, devMode: false };
    await device.#call('start', { collections, accessToken, ...defaults, ...options });
    return device;
  }

  /** Inserts a new document; replication sends it when it can. */
  insert(type: DocumentType, document: Record<string, unknown>): Promise<void> {
    return this.#call('insert', type, document);
  }

  patch(type: DocumentType, id: string, changes: Record<string, unknown>): Promise<void> {
    return this.#call('patch', type, id, changes);
  }

  remove(type: DocumentType, id: string): Promise<void> {
    return this.#call('remove', type, id);
  }

  get(type: DocumentType, id: string): Promise<DeviceDocument | null> {
    return this.#call('get', type, id);
  }

  all(type: DocumentType): Promise<DeviceDocument[]> {
    return this.#call('all', type);
  }

  counts(): Promise<Partial<Record<DocumentType, number>>> {
    return this.#call('counts');
  }

  /** What RxDB reported since the start. */
  errors(): Promise<DeviceError[]> {
    return this.#call('errors');
  }

  /** What was sent to the server since the start, in order, whatever it answered. */
  pushed(): Promise<Transfer[]> {
    return this.#call('pushed');
  }

  /** What replication stored on the device since the start, deletions too. */
  pulled(): Promise<Transfer[]> {
    return this.#call('pulled');
  }

  /** Resolves when every collection has sent what it has and stored what it was sent. */
  awaitInSync(): Promise<void> {
    return this.#call('awaitInSync');
  }

  /** Cuts the connection, open requests too. */
  goOffline(): Promise<void> {
    return this.#call('setOnline', false);
  }

  goOnline(): Promise<void> {
    return this.#call('setOnline', true);
  }

  /** The access token of the next requests. */
  useToken(accessToken: string): Promise<void> {
    return this.#call('useToken', accessToken);
  }

  /** Ends the process; what it had is gone. */
  async close(): Promise<void> {
    if (this.#child.connected) await this.#call('close');
    await this.#ended;
  }

  #call<K extends CommandName>(name: K, ...args: Parameters<DeviceCommands[K]>): ReturnType<DeviceCommands[K]> {
    const call = ++this.#lastCall;
    const answered = new Promise((resolve, reject) => {
      if (!this.#child.connected) throw new Error('the device has ended');
      this.#pending.set(call, { resolve, reject });
      this.#child.send({ call, name, args });
    });
    return answered as ReturnType<DeviceCommands[K]>;
  }

  #settle(answer: AnswerMessage): void {
    const pending = this.#pending.get(answer.call);
    this.#pending.delete(answer.call);
    if ('error' in answer) pending?.reject(new Error(answer.error));
    else pending?.resolve(answer.value);
  }
}
