/** What the story has to show. Each outcome is checked at its place in the story; one that was not is a failure. */
export const OUTCOMES = {
  first_sync: 'each tablet holds what its user may see, and nothing else',
  offline_work_stays: 'what was written offline is on its tablet only',
  online_goes_on: 'online work reaches the server, and no tablet that is offline',
  work_arrives: 'the doctor has the nurse’s work and the nurse the doctor’s, and both what happened online',
  confidential: 'the confidential record is on the doctor’s and the patient’s tablet and not on the nurse’s',
  refused: 'the nurse’s change of a doctor’s record is held for review, and her tablet shows the doctor’s text again',
  prescribed: 'the pharmacist has the prescription, without its notes and reason',
  filled: 'the doctor sees that it was filled, and still has the notes and the reason',
  referred: 'the other clinic has all of the patient’s documents that a nurse may see; the tablets here have none',
  kept: 'the patient’s own tablet still has everything',
  returned: 'the tablets here have the patient’s documents again, and the other clinic has none',
} as const;

export type Outcome = keyof typeof OUTCOMES;

/** An expected outcome did not come. */
export class OutcomeMissed extends Error {
  override readonly name = 'OutcomeMissed';
}

export class Checklist {
  readonly #checked = new Set<Outcome>();

  check(outcome: Outcome): void {
    this.#checked.add(outcome);
  }

  /** Outcomes that the story did not come to, or that did not come. */
  get unchecked(): readonly Outcome[] {
    return (Object.keys(OUTCOMES) as Outcome[]).filter((outcome) => !this.#checked.has(outcome));
  }

  get size(): number {
    return this.#checked.size;
  }
}
