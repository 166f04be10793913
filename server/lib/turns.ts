/**
 * Whose work is done beside whose: each holder has a few places, and waits for its own work only. Kept in memory: each server
 * has places of its own.
 */

export interface TurnsOptions {
  /** Works of one holder at once. */
  readonly perHolder: number;
  /** Of all holders of one group. */
  readonly perGroup: number;
  /** Works of one group that wait. */
  readonly waiting: number;
}

interface Waiting {
  readonly holder: string;
  readonly begin: () => void;
}

interface Group {
  active: number;
  readonly holders: Map<string, number>;
  waiting: Waiting[];
}

export class Turns {
  readonly #options: TurnsOptions;
  readonly #groups = new Map<string, Group>();

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /**
   * Resolves when there is a place, with what gives it back; undefined where too many wait for one already. Who goes away
   * before takes the place all the same, and gives it back.
   */
  async take(group: string, holder: string): Promise<(() => void) | undefined> {
    const own: Group = this.#groups.get(group) ?? { active: 0, holders: new Map(), waiting: [] };
    this.#groups.set(group, own);
    if (!this.#hasPlace(own, holder)) {
      if (own.waiting.length >= this.#options.waiting) return undefined;
      await new Promise<void>((begin) => own.waiting.push({ holder, begin }));
    } else this.#enter(own, holder);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#leave(group, own, holder);
    };
  }

  #hasPlace({ active, holders }: Group, holder: string): boolean {
    return active < this.#options.perGroup && (holders.get(holder) ?? 0) < this.#options.perHolder;
  }

  #enter(own: Group, holder: string): void {
    own.active++;
    own.holders.set(holder, (own.holders.get(holder) ?? 0) + 1);
  }

  #leave(group: string, own: Group, holder: string): void {
    own.active--;
    const left = (own.holders.get(holder) ?? 1) - 1;
    if (left === 0) own.holders.delete(holder);
    else own.holders.set(holder, left);
    const next = own.waiting.find((one) => this.#hasPlace(own, one.holder));
    if (next) {
      own.waiting = own.waiting.filter((one) => one !== next);
      this.#enter(own, next.holder);
      next.begin();
    } else if (own.active === 0 && own.waiting.length === 0) this.#groups.delete(group);
  }
}
