/** Work that waits for the disk most of the time, done some pieces beside each other. */

const AT_ONCE = 4;

/**
 * Does `work` of 0, 1, 2 and so on until one of them answers false; answers how many answered true. Those that began beside the
 * last one are done too.
 */
export async function countWhile(work: (n: number) => Promise<boolean>): Promise<number> {
  let next = 0;
  let count = 0;
  let isOver = false;
  const workOn = async () => {
    while (!isOver) {
      const goesOn = await work(next++).catch((error: unknown) => {
        isOver = true;
        throw error;
      });
      if (goesOn) count++;
      else isOver = true;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, workOn));
  return count;
}

export async function eachBeside<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  await countWhile(async (n) => {
    if (n >= items.length) return false;
    await work(items[n] as T);
    return true;
  });
}
