/** Repeats measurements in turn, so that a machine that gets slower or faster does so for both sides. */
export interface Series {
  /** Milliseconds, in the order measured. */
  readonly times: number[];
  readonly median: number;
}

export const medianOf = (times: readonly number[]): number => {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** One warm-up, then `runs` counted rounds, each of which runs every one of the works once. */
export async function inTurn<K extends string>(
  runs: number,
  works: Readonly<Record<K, () => Promise<unknown>>>,
): Promise<Record<K, Series>> {
  const names = Object.keys(works) as K[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let run = 0; run <= runs; run++) {
    for (const name of names) {
      const elapsed = await timeOf(works[name]);
      if (run > 0) times[name].push(elapsed);
    }
  }
  return Object.fromEntries(
    names.map((name) => [name, { times: times[name], median: medianOf(times[name]) }]),
  ) as Record<K, Series>;
}
