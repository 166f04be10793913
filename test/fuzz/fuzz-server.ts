/**
 * A server in a process of its own, so that a run sees it crash, hears what it prints, and keeps it as busy as it can be. What
 * is stored is asked of the process, as no client may see all of it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ApiClient } from '../support/api-client.ts';
import { DescribedAnswers } from '../support/described-answers.ts';
import { waitFor } from '../support/wait-for.ts';
import type { AnswerMessage, CommandName, FuzzServerCommands, StartedMessage } from './fuzz-server-messages.ts';

const PROCESS = fileURLToPath(new URL('./fuzz-server-process.ts', import.meta.url));
/** Signs tokens of an input that the server never gave. */
export const JWT_SECRET = 'a signing secret that only the fuzzer knows';
const START_TIMEOUT_MS = 90_000;
/** A line of the log from the level of errors on, or what Node prints of an error that nobody caught. */
const FAULT_LINE = /"level":[56]0|unhandled|uncaught|MaxListeners|^\s+at .*\.[cm]?[jt]s:\d+/i;

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class FuzzServer {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, PendingCall>();
  #started: StartedMessage | undefined;
  #lastCall = 0;
  #printed = '';
  #ended: string | undefined;
  #isClosing = false;

  private constructor() {
    this.#child = fork(PROCESS, [], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, VITASYNC_JWT_SECRET: JWT_SECRET },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#printed += chunk.toString();
      });
    this.#child.on('message', (message: AnswerMessage | StartedMessage) => this.#hear(message));
    this.#child.once('exit', (code, signal) => {
      if (!this.#isClosing) this.#ended = `the server ended: ${signal ?? code}`;
      for (const { reject } of this.#pending.values()) reject(new Error(this.#ended ?? 'the server is closed'));
      this.#pending.clear();
    });
  }

  static async start(): Promise<FuzzServer> {
    const server = new FuzzServer();
    await waitFor(() => server.#started ?? server.#ended, { what: 'the server', timeoutMs: START_TIMEOUT_MS });
    if (server.#ended) throw new Error(`${server.#ended}\n${server.#printed}`);
    return server;
  }

  get url(): string {
    return this.#started?.url ?? '';
  }

  /** The administrator's; every answer is held against the description of the API. */
  async admin(): Promise<ApiClient> {
    return new ApiClient(this.url, this.#started?.adminToken, await DescribedAnswers.of(this.url));
  }

  /** What nobody may see of a server that is well: that it ended, or lines that it printed. */
  complaint(): string | undefined {
    const line = this.#printed.split('\n').find((one) => FAULT_LINE.test(one));
    return this.#ended ? `${this.#ended}\n${this.#printed.slice(-4_000)}` : line && `the server printed: ${line}`;
  }

  call<K extends CommandName>(name: K, ...args: Parameters<FuzzServerCommands[K]>): ReturnType<FuzzServerCommands[K]> {
    const call = ++this.#lastCall;
    const answered = new Promise((resolve, reject) => {
      if (!this.#child.connected) throw new Error(this.#ended ?? 'the server is closed');
      this.#pending.set(call, { resolve, reject });
      this.#child.send({ call, name, args });
    });
    return answered as ReturnType<FuzzServerCommands[K]>;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#child.connected) await this.call('close').catch(() => {});
    await waitFor(() => this.#child.exitCode !== null || this.#child.signalCode !== null, {
      what: 'the server ending',
    }).catch(() => this.#child.kill('SIGKILL'));
  }

  #hear(message: AnswerMessage | StartedMessage): void {
    if ('url' in message) {
      this.#started = message;
      return;
    }
    const pending = this.#pending.get(message.call);
    this.#pending.delete(message.call);
    if ('error' in message) pending?.reject(new Error(message.error));
    else pending?.resolve(message.value);
  }
}
