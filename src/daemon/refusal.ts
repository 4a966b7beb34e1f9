/** A reason not to go on. */
export class Refusal extends Error {
  /** The class's name, for logs. */
  override readonly name = "Refusal";
  /** The message says what was wanted, what was found and what to do, in one line. */
  constructor(readonly exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
