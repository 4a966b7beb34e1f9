/** Something that the project promised itself, and what came of it. */
export interface Target {
  /** What. */
  readonly what: string;
  /** How much it may be. */
  readonly limit: string;
  /** How much it is. */
  readonly found: string;
  /** Whether that is enough. */
  readonly isReached: boolean;
}

/** A target that is reached by less than a limit. */
export function below(what: string, found: number, limit: number, unit: string): Target {
  return {
    what,
    limit: `< ${limit} ${unit}`,
    found: `${formatNumber(found)} ${unit}`,
    isReached: found < limit,
  };
}

/** A number with as many digits as say something. */
export function formatNumber(value: number): string {
  return value === 0
    ? "0"
    : Math.abs(value) < 1
    ? value.toFixed(2)
    : Math.abs(value) < 20
    ? value.toFixed(1)
    : value.toFixed(0);
}
