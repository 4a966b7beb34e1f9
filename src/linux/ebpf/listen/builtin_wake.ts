import { delay } from "../../../time/delay.ts";
import { type ListenEvent, type Wake, type WakeSource, WakeSourceError } from "../../../contracts/wake.ts";
import { DescriptorWait } from "../../../ffi/descriptor_wait.ts";
import { Attachment, PROGRAM_TYPES, type ProgramType } from "./attachment.ts";
import { type BpfCalls, openBpfCalls } from "../../../ffi/bpf_calls.ts";
import { BpfSyscall } from "../sys/bpf_syscall.ts";
import { readListenRecord } from "./listen_record.ts";
import { describeRefusal } from "../sys/refusal.ts";
import { readSocketLayout, type SocketLayout } from "../btf/socket_layout.ts";

/** What may differ from the usual; the tests need it. */
export interface BuiltinOptions {
  /** The types of program that are tried, in this order. Default: all, the best first. */
  readonly programTypes?: readonly ProgramType[] | undefined;
  /** Of the ring, in bytes: a power of two from 65,536 on. Default 262,144: 4,681 changes that were not read yet. */
  readonly ringBytes?: number | undefined;
  /** The kernel's description of its types. */
  readonly btfPath?: string | undefined;
  /** As uname(1) names it. */
  readonly architecture?: string | undefined;
}

/** At most so many records are read before the event loop gets its turn: a millisecond, several where V8 only interprets. */
const BATCH_RECORDS = 256;
/** How long to wait for a record in the making: a program runs for microseconds, unless its processor is taken away. */
const SETTLE_MS = 1;
/** In no sane kernel does it take so many waits. */
const MAX_SETTLE_WAITS = 5000;

/**
 * Wakes when a TCP socket of this network namespace begins or ends to listen, by an eBPF program of our own: nothing
 * needs to be installed or mounted. Where the kernel's types cannot be read, it wakes for every namespace. It can be
 * started again after it was stopped. When the process dies, the kernel detaches the program.
 */
export class BuiltinWake implements WakeSource {
  /** What the status shows. */
  readonly name = "builtin";
  readonly #options: BuiltinOptions;
  #calls: BpfCalls | null = null;
  #attachment: Attachment | null = null;
  #wait: DescriptorWait | null = null;
  #isStopping = false;
  #lostEvents = 0;
  #missedRuns = 0;
  #following: Promise<void> = Promise.resolve();

  /** See {@link BuiltinOptions}. */
  constructor(options: BuiltinOptions = {}) {
    this.#options = options;
  }

  /** The type of the program that runs; null while none does. */
  get programType(): ProgramType | null {
    return this.#attachment?.programType ?? null;
  }

  /** What the kernel refused before it took that program, in one line each. */
  get refusals(): readonly string[] {
    return this.#attachment?.refusals ?? [];
  }

  /** How many changes were lost since the start, exactly: those for which the ring was full. */
  get lostEvents(): number {
    return this.#lostEvents;
  }

  /**
   * How often a preemptible kernel did not run the program since the start, because it was running on that processor
   * already. That is for any change of any TCP socket in any network namespace: at most so many of ours were missed.
   */
  get missedRuns(): number {
    return this.#missedRuns;
  }

  /** Resolves when the program is attached, in some milliseconds. Rejects with WakeSourceError. */
  start(onWake: (wake: Wake) => void, onEnd: (reason: WakeSourceError) => void): Promise<void> {
    if (this.#wait !== null) throw new TypeError("Cannot start a BuiltinWake that runs");
    this.#isStopping = false;
    this.#lostEvents = this.#missedRuns = 0;
    try {
      this.#calls = openBpfCalls();
      this.#attachment = attach(this.#calls, this.#options);
      this.#wait = new DescriptorWait(this.#attachment.ringFd);
    } catch (error) {
      this.#release();
      return Promise.reject(describeRefusal(error, Deno.readTextFileSync("/proc/self/status")));
    }
    this.#following = this.#follow(this.#attachment, this.#wait, onWake).then(async (problem) => {
      await this.#wait?.stop();
      this.#release();
      if (problem !== null) onEnd(new WakeSourceError(`The built-in eBPF probe ended: ${problem}`, true));
    });
    return Promise.resolve();
  }

  /** Resolves when the program is detached and its memory given back. Safe to call twice, and before start. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#wait?.stop();
    await this.#following;
  }

  /** Reads and tells until it is stopped. Resolves with what went wrong, or null. */
  async #follow(
    attachment: Attachment,
    wait: DescriptorWait,
    onWake: (wake: Wake) => void,
  ): Promise<string | null> {
    const { ring, counters } = attachment;
    let read = 0, waits = 0;
    while (!this.#isStopping) {
      const events: ListenEvent[] = [];
      const { count, state } = ring.drain(BATCH_RECORDS, (view, start) => {
        const event = readListenRecord(view, start);
        if (event !== null) events.push(event);
      });
      read += count;
      if (count > 0) onWake({ reason: "listen", events });
      // In this order: a change that is counted between the two makes them differ, it cannot make them agree.
      const lost = counters.lost, tried = counters.tried;
      const missed = attachment.readMisses();
      const isLost = lost !== this.#lostEvents || missed !== this.#missedRuns;
      this.#lostEvents = lost;
      this.#missedRuns = missed;
      if (isLost) onWake({ reason: "lost", events: [] });
      // A change in the making may still be lost, and nothing would wake us for that.
      const isSettled = state === "more" || (state === "empty" && tried === read + lost);
      waits = isSettled || count > 0 ? 0 : waits + 1;
      if (waits > MAX_SETTLE_WAITS) return "a record was never finished";
      if (!isSettled) await delay(SETTLE_MS);
      // Also while there is more, when it returns at once: so everything else gets its turn.
      else if (await wait.next() === "broken") return "its ring buffer cannot be waited for";
    }
    return null;
  }

  #release(): void {
    this.#wait = null;
    this.#attachment?.close();
    this.#attachment = null;
    this.#calls?.close();
    this.#calls = null;
  }
}

/** Throws SystemCallError and others, each of which says why this engine steps aside. */
function attach(calls: BpfCalls, options: BuiltinOptions): Attachment {
  const syscall = new BpfSyscall(calls, options.architecture);
  let layout: SocketLayout | null = null;
  try {
    layout = readSocketLayout(calls, options.btfPath);
  } catch {
    // A kernel without BTF, or with one that is new to us: less is told then.
  }
  return new Attachment(calls, {
    programTypes: options.programTypes ?? PROGRAM_TYPES,
    layout,
    networkNamespace: Deno.statSync("/proc/self/ns/net").ino ?? 0,
    ringBytes: options.ringBytes ?? 256 << 10,
    syscall,
  });
}
