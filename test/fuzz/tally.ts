/** Counts what was answered, so that one sees how deep inputs reach. */
import CliTable from 'cli-table3';
import type { FuzzAnswer, FuzzInput } from './fuzz-input.ts';
import type { AnsweredRow } from './oracles.ts';

const add = (counts: Map<string, number>, name: string, count = 1): void => {
  counts.set(name, (counts.get(name) ?? 0) + count);
};
const byCount = (counts: ReadonlyMap<string, number>): (readonly [string, number])[] =>
  [...counts].sort(([, a], [, b]) => b - a);

const TOO_MANY = '429';
/** Without colours, as it is copied into notes. */
const STYLE = { head: [], border: [], compact: true };

export class Tally {
  readonly #statuses = new Map<string, Map<string, number>>();
  readonly #ms = new Map<string, number>();
  readonly #rows = new Map<string, number>();
  #inputs = 0;

  get inputs(): number {
    return this.#inputs;
  }
  /** Rows of pushes that were stored, and that were not. */
  get rows(): ReadonlyMap<string, number> {
    return this.#rows;
  }

  add({ endpoint, batch, isTyped }: FuzzInput, { status }: FuzzAnswer, rows: readonly AnsweredRow[], ms: number): void {
    this.#inputs++;
    add(this.#ms, endpoint, ms);
    const counts = this.#statuses.get(endpoint) ?? new Map<string, number>();
    this.#statuses.set(endpoint, counts);
    add(counts, status === undefined ? 'no answer' : String(status));
    if (status !== 201 || !batch) return;
    const errors = rows.filter(({ error }) => error !== undefined);
    add(this.#rows, 'stored', Math.max(0, batch.rows.length - errors.length));
    for (const { code, error } of errors) add(this.#rows, code ?? (isTyped ? 'refused, as a conflict' : String(error)));
  }

  /** Of all answers, those that say to come again later. */
  get tooManyShare(): number {
    const late = [...this.#statuses.values()].reduce((sum, counts) => sum + (counts.get(TOO_MANY) ?? 0), 0);
    return this.#inputs === 0 ? 0 : late / this.#inputs;
  }

  toString(): string {
    const statuses = new Set([...this.#statuses.values()].flatMap((counts) => [...counts.keys()]));
    const columns = [...statuses].sort();
    const table = new CliTable({ head: ['endpoint', 'inputs', 'ms', ...columns], style: STYLE });
    for (const [endpoint, counts] of [...this.#statuses].sort()) {
      const sum = [...counts.values()].reduce((a, b) => a + b, 0);
      const ms = (this.#ms.get(endpoint) ?? 0) / sum;
      table.push([endpoint, sum, ms.toFixed(0), ...columns.map((status) => counts.get(status) ?? '')]);
    }
    const all = [...this.#rows.values()].reduce((a, b) => a + b, 0);
    const rows = new CliTable({ head: ['rows of pushes', String(all), 'percent'], style: STYLE });
    for (const [name, count] of byCount(this.#rows)) rows.push([name, count, ((100 * count) / all).toFixed(1)]);
    return `${table.toString()}\n${rows.toString()}`;
  }
}
