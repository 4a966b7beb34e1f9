import type { Clock } from "./clock.ts";
import { delay } from "./delay.ts";

/** For how long it may be worked without letting anything else run, in milliseconds: a listener of those few is not held up. */
const TURN_MS = 20;

/** Does work that comes in slices, and lets everything else have its turn now and then where it is much. */
export async function takeTurns<Result>(work: Iterator<void, Result>, clock: Clock): Promise<Result> {
  for (let startMs = clock.now();;) {
    const step = work.next();
    if (step.done) return step.value;
    if (clock.now() - startMs < TURN_MS) continue;
    await delay(0, { clock });
    startMs = clock.now();
  }
}
