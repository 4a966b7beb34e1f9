import { type Clock, SYSTEM_CLOCK } from "./clock.ts";

/** What a delay can be told. */
export interface DelayOptions {
  /** Ends it at once. */
  readonly signal?: AbortSignal | undefined;
  /** What it is timed by; the machine's clock where it is left out. */
  readonly clock?: Clock;
}

/** Resolves after so many milliseconds, or as soon as the signal is aborted. Never rejects. */
export async function delay(delayMs: number, options: DelayOptions = {}): Promise<void> {
  const { signal, clock = SYSTEM_CLOCK } = options;
  if (signal?.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(delayMs, resolve), onAbort = () => resolve();
  signal?.addEventListener("abort", onAbort, { once: true });
  await promise;
  cancel();
  signal?.removeEventListener("abort", onAbort);
}
