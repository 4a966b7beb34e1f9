/**
 * A read that failed: of `netlink` or `procfs` (listeners), of `address` (the guest's) or of `windows`. It says
 * nothing about what is there: nothing may be deleted because of it.
 */
export class SnapshotError extends Error {
  /** The class's name, for logs. */
  override readonly name = "SnapshotError";
  /** `source`: what was read. The message says what was wanted, what was found and what to do, in one line. */
  constructor(readonly source: string, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
