/** What the exit codes mean, lowest first. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, "all is well"],
  [1, "it failed while running; why, doctor, autostart status: no"],
  [2, "the options or the config file cannot be followed"],
  [3, "not on WSL2, or in a networking mode that is not supported"],
  [4, "the terminal is not elevated on Windows"],
  [5, "another wslfwd runs already"],
  [6, "a port that was named is not open (wslfwd 3000, url; with --mode manual also --port, --map)"],
  [7, "status, stop: no wslfwd runs"],
];
