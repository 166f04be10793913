/** What the cases of the matrix share: the words, the stage once it is open, and how a refusal is proved. */
import { expect, it } from 'vitest';
import type { Answer, ApiClient } from '../../support/api-client.ts';
import type { AccessWords } from './access-words.ts';
import type { CallerName } from './cases.ts';
import { expectAnswer } from './checks.ts';
import type { Expectation, Expected } from './expectation.ts';
import type { Stage } from './stage.ts';

export interface MatrixOptions {
  readonly words: AccessWords;
  readonly expectation: Expectation;
  /** Throws as long as the stage is not open. */
  readonly stage: () => Stage;
}

export class Matrix {
  readonly words: AccessWords;
  readonly expectation: Expectation;
  readonly #stage: () => Stage;
  /** How many cases there are. */
  count = 0;

  constructor({ words, expectation, stage }: MatrixOptions) {
    this.words = words;
    this.expectation = expectation;
    this.#stage = stage;
  }

  get stage(): Stage {
    return this.#stage();
  }

  case(name: string, run: () => Promise<void>): void {
    this.count++;
    it(name, run);
  }

  client(caller: CallerName): ApiClient {
    return this.stage.callers[caller].client;
  }

  send(caller: CallerName, method: string, path: string, body?: unknown): Promise<Answer> {
    return this.client(caller).request(method, path, body);
  }

  /** Where it is refused, nothing at all is stored. */
  async expect(request: () => Promise<Answer>, expected: Expected): Promise<void> {
    const { primary } = this.stage.server.core;
    const before = await primary.info();
    expectAnswer(await request(), expected);
    if (expected.status >= 400) expect(await primary.info()).toEqual(before);
  }
}
