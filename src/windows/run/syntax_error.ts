/** Output of a Windows program that does not have the structure it should have. */
export class OutputSyntaxError extends Error {
  /** The class's name, for logs. */
  override readonly name = "OutputSyntaxError";
  /** `path`: the program and what it was asked. `line`: 1-based; 0 where the whole is meant. */
  constructor(readonly path: string, readonly line: number, expected: string) {
    super(`${path}${line > 0 ? `, line ${line}` : ""}: expected ${expected}`);
  }
}
