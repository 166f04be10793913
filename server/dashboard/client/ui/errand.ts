/** What takes a while, and is given up when the person does something else meanwhile. */
import { useLayoutEffect, useState } from 'preact/hooks';

/**
 * The function that it answers begins an errand, which ends the one before. Its signal tells, after every `await`, whether its outcome
 * is still wanted: not once another errand was begun, and not once the page was left.
 */
export function useErrand(): () => { readonly signal: AbortSignal } {
  const [errands] = useState(() => new Errands());
  useLayoutEffect(() => () => errands.leave(), []);
  return () => errands.begin();
}

class Errands {
  #latest = new AbortController();
  #isLeft = false;

  begin(): AbortController {
    this.#latest.abort();
    this.#latest = new AbortController();
    if (this.#isLeft) this.#latest.abort();
    return this.#latest;
  }

  leave(): void {
    this.#isLeft = true;
    this.#latest.abort();
  }
}
