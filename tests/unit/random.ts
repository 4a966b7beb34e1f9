/** Random values from a seed, so that a property test that fails can be run again as it was. */
export class Random {
  #state: number;

  /** What it was started with: print it where a test fails. */
  readonly seed: number;

  /** Without a seed: one of WSLFWD_SEED, or a new one. */
  constructor(seed = Number(Deno.env.get("WSLFWD_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0])) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** From 0 up to, but not including, 1: mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number; both ends can come. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True in this share of the calls. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One of them. */
  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)]!;
  }

  /** The same values in another order. */
  shuffle<T>(values: readonly T[]): T[] {
    const copy = [...values];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }

  /** `count` values. */
  list<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }
}

/** Runs a check with many random cases. What it throws says the seed and the case. */
export function forAll(cases: number, check: (random: Random) => void, seed?: number): void {
  const seeds = new Random(seed);
  for (let i = 0; i < cases; i++) {
    const random = new Random(seeds.int(0, 2 ** 32 - 1));
    try {
      check(random);
    } catch (error) {
      const message = `case ${i} of WSLFWD_SEED=${seeds.seed}: ${
        error instanceof Error ? error.message : error
      }`;
      throw new Error(message, { cause: error });
    }
  }
}

/** The same where the check takes its time. */
export async function forAllAsync(
  cases: number,
  check: (random: Random) => Promise<void>,
  seed?: number,
): Promise<void> {
  const seeds = new Random(seed);
  for (let i = 0; i < cases; i++) {
    const random = new Random(seeds.int(0, 2 ** 32 - 1));
    try {
      await check(random);
    } catch (error) {
      const message = `case ${i} of WSLFWD_SEED=${seeds.seed}: ${
        error instanceof Error ? error.message : error
      }`;
      throw new Error(message, { cause: error });
    }
  }
}
