/** The last time that a task was started. */
export interface LastRun {
  /** When, as this Windows writes times. */
  readonly time: string;
  /** What the scheduler says of it: an exit code, or one of {@link RUNNING} and {@link NEVER}; unsigned. */
  readonly result: number;
}

/** It runs now; it was never started: SCHED_S_TASK_RUNNING, SCHED_S_TASK_HAS_NOT_RUN (winerror.h). */
export const RUNNING = 0x41301, NEVER = 0x41303;

/** Where the two stand in a row (Microsoft: "schtasks query", verbose; the order is assumed to be that of every language). */
const TIME_COLUMN = 5, RESULT_COLUMN = 6;

/** Reads the row that `schtasks /Query /V /FO CSV /NH` prints of one task, in any language; null where it is not as known. */
export function parseLastRun(output: string): LastRun | null {
  const [line = ""] = output.split(/\r?\n/).filter((text) => text !== "");
  const cells = [...line.matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map(([, text]) => text!.replaceAll('""', '"'));
  const time = cells[TIME_COLUMN], result = cells[RESULT_COLUMN];
  if (time === undefined || result === undefined || !/^-?\d{1,10}$/.test(result)) return null;
  return { time, result: Number(result) >>> 0 };
}
