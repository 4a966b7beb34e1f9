/** The kernel's clocks: Deno has no call for the time of a process, nor for the clock that eBPF programs tell. */
const CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1, CLOCK_PROCESS_CPUTIME_ID = 2;

const libc = Deno.dlopen("libc.so.6", {
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
});
const timespec = new BigInt64Array(2);

function readClockMs(clock: number): number {
  if (libc.symbols.clock_gettime(clock, timespec) !== 0) throw new Error(`Cannot read the clock ${clock}`);
  return Number(timespec[0]!) * 1000 + Number(timespec[1]!) / 1e6;
}

/** CPU time that this process has used in all its threads, in milliseconds. */
export function processCpuMs(): number {
  return readClockMs(CLOCK_PROCESS_CPUTIME_ID);
}

/**
 * What to add to milliseconds of CLOCK_MONOTONIC to get milliseconds since 1970. The system steers the latter, so it is
 * to be asked again for each lab: the processes of a lab take their own offset when they start.
 */
export function wallOffsetMs(): number {
  return readClockMs(CLOCK_REALTIME) - readClockMs(CLOCK_MONOTONIC);
}

/** Resolves after `ms` milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
