/** How wslfwd ends. Scripts go by these: never give one another meaning. */
export const ExitCode = {
  /** All is well, or it was told to stop. */
  OK: 0,
  /** It failed while it ran. */
  FAILED: 1,
  /** What the user asked for makes no sense: options, config. */
  USAGE: 2,
  /** Not on WSL2, no Windows program runs, or a networking mode that is not supported. */
  UNSUPPORTED: 3,
  /** Windows does not let it change rules. */
  NOT_ELEVATED: 4,
  /** Another instance runs in this VM. */
  ALREADY_RUNNING: 5,
  /** It works, but a port that was asked for by its number is not open. */
  NOT_OPEN: 6,
  /** No wslfwd runs in this VM, where one was asked about, or to be stopped. */
  NOT_RUNNING: 7,
} as const;
