/**
 * Work on tens of thousands of ports, in slices: whoever does it may let other things have their turn at each `yield`. What it
 * was given must not change meanwhile.
 */
export type Sliced<Result> = Generator<void, Result, void>;

/** After how many ports a slice ends: about ten milliseconds. */
const SLICE = 2048;

/** The items, with an end of a slice after every so many. */
export function* inSlices<Item>(items: Iterable<Item>, work: (item: Item) => unknown): Sliced<void> {
  let done = 0;
  for (const item of items) {
    work(item);
    if (++done % SLICE === 0) yield;
  }
}

/** Does all of it at once. */
export function finish<Result>(work: Sliced<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** What of these passes a test, in their order. */
export function* filterInSlices<Item>(
  items: readonly Item[],
  test: (item: Item) => boolean,
): Sliced<readonly Item[]> {
  const passed: Item[] = [];
  yield* inSlices(items, (item) => {
    if (test(item)) passed.push(item);
  });
  return passed;
}
