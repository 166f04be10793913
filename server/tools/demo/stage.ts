/** What every scene of the story is given. */
import type { Core } from '../../documents/core.ts';
import { Checklist, OUTCOMES, type Outcome, OutcomeMissed } from './outcomes.ts';
import type { People } from './people.ts';
import type { RestClient } from './rest-client.ts';
import type { Setting } from './setting.ts';
import type { Tablet } from './tablet.ts';
import { compareTablets, hasConverged, type TabletState } from './verification.ts';
import { WaitedInVain, waitUntil } from './wait-until.ts';

/** Far more than anything here takes; a demo that waits this long has failed. */
const TIMEOUT_MS = 20_000;

export interface Tablets {
  readonly doctor: Tablet;
  readonly nurse: Tablet;
  readonly pharmacist: Tablet;
  readonly patient: Tablet;
}

export interface StageParts {
  readonly core: Core;
  readonly api: RestClient;
  readonly people: People;
  readonly tablets: Tablets;
  readonly setting: Setting;
  /** Prints a sentence. */
  readonly say: (sentence: string) => void;
  readonly signal: AbortSignal;
}

export class Stage {
  readonly core: Core;
  readonly api: RestClient;
  readonly people: People;
  readonly tablets: Tablets;
  readonly setting: Setting;
  readonly say: (sentence: string) => void;
  readonly checklist = new Checklist();
  readonly #signal: AbortSignal;

  constructor({ core, api, people, tablets, setting, say, signal }: StageParts) {
    this.core = core;
    this.api = api;
    this.people = people;
    this.tablets = tablets;
    this.setting = setting;
    this.say = say;
    this.#signal = signal;
  }

  /** Waits until the outcome shows. Throws OutcomeMissed where it does not. */
  async expect(outcome: Outcome, shows: () => Promise<boolean>): Promise<void> {
    try {
      await waitUntil(shows, { what: OUTCOMES[outcome], timeoutMs: TIMEOUT_MS, signal: this.#signal });
    } catch (error) {
      if (!(error instanceof WaitedInVain)) throw error;
      throw new OutcomeMissed(error.message);
    }
    this.checklist.check(outcome);
    this.say(`  ✓ ${OUTCOMES[outcome]}`);
  }

  compare(): Promise<TabletState[]> {
    return compareTablets(this.core, Object.values(this.tablets));
  }

  async haveConverged(): Promise<boolean> {
    return (await this.compare()).every(hasConverged);
  }

  /** Waits for the tablets to converge, and answers what they hold in any case. */
  async settle(): Promise<TabletState[]> {
    let states: TabletState[] = [];
    const converged = async () => {
      states = await this.compare();
      return states.every(hasConverged);
    };
    await waitUntil(converged, { what: 'all tablets', timeoutMs: TIMEOUT_MS, signal: this.#signal }).catch(
      (error: unknown) => {
        if (!(error instanceof WaitedInVain)) throw error;
      },
    );
    return states;
  }
}
