/** Waits for something that may never come: a store that hangs must not make whoever asks hang as well. */

/** What `work` comes to; where that takes longer, what `late` answers or throws. What comes after that is nobody's any more. */
export async function within<T>(work: Promise<T>, timeoutMs: number, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs).unref();
  });
  work.catch(() => {});
  return Promise.race([work, tooLong.then(late)]).finally(() => clearTimeout(timer));
}
