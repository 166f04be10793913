/**
 * Where each device's last complete pull ended. RxDB begins its live feed at `now` and, where the connection fails before the
 * first answer, begins at a later `now` again: what was written in between it would never ask for. A live feed from `now` is
 * therefore served from the end of the last pull. Kept in memory: after a restart of the server `now` means now, once.
 */
const MAX_POSITIONS = 100_000;

export class PullPositions {
  readonly #positions = new Map<string, string>();

  note(reader: string, seq: string): void {
    this.#positions.delete(reader);
    this.#positions.set(reader, seq);
    if (this.#positions.size <= MAX_POSITIONS) return;
    const [oldest] = this.#positions.keys();
    if (oldest !== undefined) this.#positions.delete(oldest);
  }

  of(reader: string): string | undefined {
    return this.#positions.get(reader);
  }
}
