import { messageOf } from "../../process/command.ts";
import type { EventSink } from "../../reconcile/events.ts";
import { BackOff } from "../../time/back_off.ts";
import { retry } from "../../time/retry.ts";

/** How soon it is tried again, at first and at the longest, in milliseconds. */
const FIRST_DELAY_MS = 1000, MAX_DELAY_MS = 30_000;

/** How a patient start goes. */
export interface PatienceOptions {
  /** Takes the first failure, and the end of them. */
  readonly emit: EventSink;
  /** Whether a failure may pass by itself. */
  readonly mayPass: (error: unknown) => boolean;
  /** How often it is tried at most. */
  readonly maxTries: number;
  /** Once it is aborted, it is not worth it any more. */
  readonly signal: AbortSignal;
}

/**
 * What `--ignore-exception` does where Windows fails: says so once, and tries again, longer apart each time. Rejects with
 * the last failure.
 */
export async function tryPatiently<T>(attempt: () => Promise<T>, options: PatienceOptions): Promise<T> {
  const { emit, mayPass, maxTries, signal } = options;
  let count = 0;
  const mayRetry = (error: unknown, failures: number) => {
    if (!mayPass(error) || failures === maxTries) return false;
    count = failures;
    if (count === 1) {
      emit({ type: "error", operation: "start", message: messageOf(error), isRetriable: true, count });
    }
    return true;
  };
  const result = await retry(attempt, {
    backOff: new BackOff(FIRST_DELAY_MS, MAX_DELAY_MS),
    mayRetry,
    signal,
  });
  if (count > 0) emit({ type: "recovered", operation: "start", count });
  return result;
}
