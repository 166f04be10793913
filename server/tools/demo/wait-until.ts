const POLL_MS = 25;

export interface WaitOptions {
  /** Completes "waited N seconds for …". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A condition did not come true in time. */
export class WaitedInVain extends Error {
  override readonly name = 'WaitedInVain';
}

/**
 * Waits for a condition, not for a time; answers what it answered.
 * @throws WaitedInVain after `timeoutMs`; the signal's reason where it is aborted
 */
export async function waitUntil<T>(
  condition: () => Promise<T | undefined | false>,
  { what, timeoutMs, signal }: WaitOptions,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadlineMs) throw new WaitedInVain(`waited ${timeoutMs / 1_000} seconds for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
