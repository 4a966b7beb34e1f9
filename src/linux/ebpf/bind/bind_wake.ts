import { type Wake, type WakeSource, WakeSourceError } from "../../../contracts/wake.ts";
import { type BpfCalls, openBpfCalls, raiseLockLimit } from "../../../ffi/bpf_calls.ts";
import { DescriptorWait } from "../../../ffi/descriptor_wait.ts";
import { lastError, toCString } from "../../../ffi/libc.ts";
import { assemble } from "../asm/assembler.ts";
import type { Statement } from "../asm/instructions.ts";
import { RingBuffer } from "../ringbuf/ring_buffer.ts";
import { BpfSyscall, type LinkedType } from "../sys/bpf_syscall.ts";
import { describeRefusal } from "../sys/refusal.ts";
import { makeBindProgram, makeReleaseProgram } from "./bind_program.ts";
import { findCgroupMount } from "./cgroup_mount.ts";

/** A record is a wake-up and nothing else, so that few are enough. */
const RING_BYTES = 64 << 10;
/** So many sockets that were bound are remembered; where there are more, the close of an old one may not be told. */
const MAX_BOUND = 4096;
const O_DIRECTORY_CLOEXEC = 0o200000 | 0o2000000;

const PROGRAMS: readonly (readonly [LinkedType, typeof makeBindProgram])[] = [
  ["cgroup_bind4", makeBindProgram],
  ["cgroup_bind6", makeBindProgram],
  ["cgroup_release", makeReleaseProgram],
];

/**
 * Wakes when a program binds a UDP socket, and when it closes it. UDP has no state that a tracepoint tells of, and a
 * tracepoint on bind(2) would slow every call of the system; programs on the root of the control groups run at these two
 * moments alone. Linux 5.9 and later, as root. When the process dies, the kernel detaches them.
 */
export class BindWake implements WakeSource {
  /** What it is. */
  readonly name = "bind";
  #calls: BpfCalls | null = null;
  #fds: number[] = [];
  #ring: RingBuffer | null = null;
  #wait: DescriptorWait | null = null;
  #isStopping = false;
  #following: Promise<void> = Promise.resolve();

  /** Resolves when the programs are attached. Rejects with WakeSourceError. */
  start(onWake: (wake: Wake) => void, onEnd: (reason: WakeSourceError) => void): Promise<void> {
    if (this.#wait !== null) throw new TypeError("Cannot start a BindWake that runs");
    this.#isStopping = false;
    try {
      this.#attach(openBpfCalls());
    } catch (error) {
      this.#release();
      if (error instanceof WakeSourceError) return Promise.reject(error);
      return Promise.reject(describeRefusal(error, Deno.readTextFileSync("/proc/self/status")));
    }
    this.#following = this.#follow(this.#ring!, this.#wait!, onWake).then(async (isBroken) => {
      await this.#wait?.stop();
      this.#release();
      if (isBroken) onEnd(new WakeSourceError("The eBPF probe of UDP cannot be waited for", true));
    });
    return Promise.resolve();
  }

  /** Resolves when the programs are detached. Safe to call twice, and before start. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#wait?.stop();
    await this.#following;
  }

  async #follow(ring: RingBuffer, wait: DescriptorWait, onWake: (wake: Wake) => void): Promise<boolean> {
    while (!this.#isStopping) {
      // A record in the making is waited for like one to come: the kernel wakes whoever waits when it is there.
      const { count } = ring.drain(Infinity, () => {});
      if (count > 0) onWake({ reason: "listen", events: [] });
      const next = await wait.next();
      if (next === "broken") return true;
    }
    return false;
  }

  /** Throws WakeSourceError, SystemCallError, BpfError. */
  #attach(calls: BpfCalls): void {
    this.#calls = calls;
    const mount = findCgroupMount(Deno.readTextFileSync("/proc/self/mounts"));
    if (mount === null) throw new WakeSourceError("No control groups (cgroup2) are mounted", false);
    raiseLockLimit(calls);
    const syscall = new BpfSyscall(calls);
    const ring = this.#own(syscall.createRing(RING_BYTES));
    const bound = this.#own(syscall.createCookieSet(MAX_BOUND));
    this.#ring = new RingBuffer(calls, ring, RING_BYTES);
    const root = this.#own(openFolder(calls, mount));
    for (const [type, make] of PROGRAMS) this.#link(syscall, type, root, make({ ring, bound }));
    this.#wait = new DescriptorWait(ring);
  }

  #link(syscall: BpfSyscall, type: LinkedType, root: number, statements: Statement[]): void {
    const program = this.#own(
      syscall.loadProgram({ ...assemble(statements), name: "wslfwd_bind", type, attachTypeId: null }),
    );
    this.#own(syscall.createLink(program, type, root));
  }

  #own(fd: number): number {
    this.#fds.push(fd);
    return fd;
  }

  #release(): void {
    this.#wait = null;
    for (const fd of this.#fds.splice(0).reverse()) this.#calls?.symbols.close(fd);
    this.#ring?.close();
    this.#ring = null;
    this.#calls?.close();
    this.#calls = null;
  }
}

function openFolder(calls: BpfCalls, path: string): number {
  const fd = calls.symbols.open(toCString(path), O_DIRECTORY_CLOEXEC);
  if (fd < 0) throw lastError(calls, `open ${path}`);
  return fd;
}
