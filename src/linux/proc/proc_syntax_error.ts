/** Text of /proc that is not what the kernel is known to write. */
export class ProcSyntaxError extends Error {
  /** The class's name, for logs. */
  override readonly name = "ProcSyntaxError";
  /** `path`: the file. `line`: 1 for the first. `expected`: what should have stood there. */
  constructor(readonly path: string, readonly line: number, expected: string, found: string) {
    super(`${path}:${line}: expected ${expected}, found ${JSON.stringify(found.slice(0, 80))}`);
  }
}
