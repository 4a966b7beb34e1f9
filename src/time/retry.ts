import type { BackOff } from "./back_off.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import { delay } from "./delay.ts";

/** How something is tried again. */
export interface RetryOptions {
  /** How long to wait after each failure. */
  readonly backOff: BackOff;
  /** Whether it is worth another try. `failures`: how often it has failed so far, 1 the first time. */
  readonly mayRetry: (error: unknown, failures: number) => boolean;
  /** As soon as it is aborted, nothing is tried again. */
  readonly signal?: AbortSignal;
  /** The machine's clock where it is left out. */
  readonly clock?: Clock;
}

/** Does something until it works, longer apart each time. Rejects with the last error where it is not to be tried again. */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { backOff, mayRetry, signal, clock = SYSTEM_CLOCK } = options;
  for (let failures = 1;; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!mayRetry(error, failures)) throw error;
      await delay(backOff.noteFailure(clock.now()), { signal, clock });
      if (signal?.aborted) throw error;
    }
  }
}
