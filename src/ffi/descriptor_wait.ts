import { lastError, type LibcCalls, openCalls } from "./libc.ts";

const EFD_CLOEXEC_NONBLOCK = 0o2000000 | 0o4000;
const POLLIN = 1;
/** struct pollfd: i32 descriptor, i16 events, i16 revents. */
const POLLFD_BYTES = 8;
const FOREVER = -1;
/** A wait that fails so often in a row was not just interrupted by a signal. */
const MAX_FAILURES = 100;

/**
 * Waits in a thread until a descriptor can be read, without blocking the event loop, and can be told to stop.
 * (`close` of a descriptor wakes nobody; an eventfd does.) Whoever makes one must stop it: a waiting thread keeps
 * the process alive.
 */
export class DescriptorWait {
  readonly #libc: LibcCalls<"eventfd" | "write" | "poll" | "close">;
  readonly #stopFd: number;
  // A buffer of its own: poll writes to it from another thread, and short typed arrays may be moved by V8.
  readonly #entries = new DataView(new ArrayBuffer(2 * POLLFD_BYTES));
  #isStopping = false;
  #ended: Promise<unknown> = Promise.resolve();

  /** `fd` stays its owner's: close it after {@link stop} has resolved. Throws SystemCallError. */
  constructor(fd: number) {
    this.#libc = openCalls("eventfd", "write", "poll", "close");
    this.#stopFd = this.#libc.symbols.eventfd(0, EFD_CLOEXEC_NONBLOCK);
    if (this.#stopFd < 0) {
      const error = lastError(this.#libc, "eventfd");
      this.#libc.close();
      throw error;
    }
    for (const [i, watched] of [fd, this.#stopFd].entries()) {
      this.#entries.setInt32(i * POLLFD_BYTES, watched, true);
      this.#entries.setInt16(i * POLLFD_BYTES + 4, POLLIN, true);
    }
  }

  /**
   * Resolves to `ready` when the descriptor can be read, `stopped` after {@link stop}, `broken` when it cannot be
   * waited for any more. One call at a time.
   */
  async next(): Promise<"ready" | "stopped" | "broken"> {
    for (let failures = 0; failures < MAX_FAILURES;) {
      if (this.#isStopping) return "stopped";
      const waiting = this.#libc.symbols.poll(new Uint8Array(this.#entries.buffer), 2n, FOREVER);
      this.#ended = waiting;
      const count = await waiting;
      if (this.#isStopping) return "stopped";
      // Its errno is lost with the thread. EINTR is the one that is to be expected: wait again.
      if (count < 0) {
        failures++;
        continue;
      }
      const events = this.#entries.getInt16(6, true);
      if ((events & POLLIN) !== 0) return "ready";
      if (events !== 0) return "broken";
    }
    return "broken";
  }

  /** Ends the wait; resolves when no thread looks at the descriptor any more. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.#isStopping) {
      await this.#ended;
      return;
    }
    this.#isStopping = true;
    const one = new Uint8Array(new BigUint64Array([1n]).buffer);
    this.#libc.symbols.write(this.#stopFd, one, BigInt(one.length));
    await this.#ended;
    this.#libc.symbols.close(this.#stopFd);
    this.#libc.close();
  }
}
