import type { Sliced } from "../plan/slices.ts";
import type { Clock } from "../time/clock.ts";
import { delay } from "../time/delay.ts";

/** For how long it may be worked without letting anything else run, in milliseconds: a listener of those few is not held up. */
const TURN_MS = 20;

/** Does the work, and lets everything else have its turn now and then where it is much. */
export async function takeTurns<Result>(work: Sliced<Result>, clock: Clock): Promise<Result> {
  for (let startMs = clock.now();;) {
    const step = work.next();
    if (step.done) return step.value;
    if (clock.now() - startMs < TURN_MS) continue;
    await delay(0, { clock });
    startMs = clock.now();
  }
}
