/** What is told of many measurements of one thing. */
export interface Summary {
  /** How many there were. */
  readonly count: number;
  /** The median. */
  readonly p50: number;
  /** 99 of 100 are at most this. */
  readonly p99: number;
  /** The largest. */
  readonly max: number;
}

/** Sums up values; quantiles are values that occurred (nearest rank). Throws RangeError where there are none. */
export function summarize(values: readonly number[]): Summary {
  return {
    count: values.length,
    p50: quantile(values, 0.5),
    p99: quantile(values, 0.99),
    max: quantile(values, 1),
  };
}

/** The smallest value that at least the share `q` of the values do not exceed. `q`: above 0, at most 1. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new RangeError("Cannot take a quantile of no values");
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}

/** Numbers in [0, 1) that depend on the seed alone: mulberry32, by Tommy Ettinger, public domain. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}
