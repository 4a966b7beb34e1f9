import fullProbe from "../../../bpf/bind_watch.bt" with { type: "text" };
import udpProbe from "../../../bpf/bind_watch_udp.bt" with { type: "text" };
import minimalProbe from "../../../bpf/bind_watch_min.bt" with { type: "text" };
import { type Wake, type WakeSource, WakeSourceError } from "../../contracts/wake.ts";
import { mountDebugfs } from "./debug_mount.ts";
import { findInstallCommand } from "../proc/install_command.ts";
import { ProbeRun } from "./probe_run.ts";
import { findTrustedProgram } from "../proc/trusted_program.ts";

/** What may differ from the usual; the tests need it. */
export interface BpftraceOptions {
  /** The program; where left out, the first trusted one of the system. */
  readonly path?: string | undefined;
  /** How long attaching may take, in milliseconds, for each of the probes. Default 20,000; 2,000 is usual. */
  readonly startTimeoutMs?: number | undefined;
  /** How long it may be silent, in milliseconds, before it is taken to hang. Default 5,000; it speaks every second. */
  readonly silenceTimeoutMs?: number | undefined;
  /** Called when sockets have been bound, maybe by UDP. Where left out, that is not watched: it costs every program. */
  readonly onBind?: (() => void) | undefined;
}

/** The full probe first; where the kernel's types cannot be read, the minimal one. */
const PROBES: readonly string[] = [fullProbe, minimalProbe];
/** Where UDP is watched; where that is refused, it alone is left out. Its heartbeat is one more, which does no harm. */
const PROBES_OF_UDP: readonly string[] = [`${fullProbe}\n${udpProbe}`, ...PROBES];

/**
 * Wakes when a TCP socket of this network namespace begins or ends to listen, as bpftrace tells it, and tells of binds
 * where that is wanted. Good for one start. A bpftrace that outlives us is ended by its next heartbeat, when nobody reads it: within a second.
 */
export class BpftraceWake implements WakeSource {
  /** What the status shows. */
  readonly name = "bpftrace";
  readonly #options: BpftraceOptions;
  #run: ProbeRun | null = null;
  #unmount: (() => void) | null = null;
  #isStopped = false;
  #starting: Promise<void> = Promise.resolve();

  /** See {@link BpftraceOptions}. */
  constructor(options: BpftraceOptions = {}) {
    this.#options = options;
  }

  /** Resolves with the first heartbeat: every probe is attached then. Rejects with WakeSourceError. */
  start(onWake: (wake: Wake) => void, onEnd: (reason: WakeSourceError) => void): Promise<void> {
    const started = this.#start(onWake, onEnd);
    this.#starting = started.catch(() => {});
    return started;
  }

  /** Resolves when bpftrace has ended and what was mounted for it is unmounted. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#run?.stop();
    await this.#starting;
    this.#release();
  }

  async #start(onWake: (wake: Wake) => void, onEnd: (reason: WakeSourceError) => void): Promise<void> {
    if (this.#run !== null) throw new TypeError("Cannot start a BpftraceWake that was started before");
    const path = this.#options.path ?? findBpftrace();
    this.#unmount = mountDebugfs();
    try {
      this.#run = await this.#attach(path, onWake);
    } catch (error) {
      this.#release();
      throw error;
    }
    const { over } = this.#run;
    over.then(async ({ message }) => {
      await this.#run?.stop();
      if (this.#isStopped) return;
      this.#release();
      onEnd(new WakeSourceError(message, true));
    });
  }

  /** The run of the first probe that attaches. */
  async #attach(path: string, onWake: (wake: Wake) => void): Promise<ProbeRun> {
    const { onBind } = this.#options;
    const probes = onBind === undefined ? PROBES : PROBES_OF_UDP;
    for (const probe of probes) {
      const run = this.#run = new ProbeRun({
        path,
        probe,
        netns: readNetworkNamespace(),
        startTimeoutMs: this.#options.startTimeoutMs ?? 20_000,
        silenceTimeoutMs: this.#options.silenceTimeoutMs ?? 5_000,
        onWake,
        onBind: onBind ?? (() => {}),
      });
      const failure = await Promise.race([run.ready, run.over]);
      if (failure === undefined) return run;
      await run.stop();
      // However it ended: 0.17 was seen to die of SIGSEGV where it could not read the kernel's types. One that is
      // still at it after so long would not be quicker with less.
      const mayAttach = failure.kind === "exit" || failure.kind === "signal";
      if (!mayAttach || probe === probes.at(-1) || this.#isStopped) {
        // An exit status says that this kernel or this bpftrace cannot run the probe: it will say so again.
        throw new WakeSourceError(failure.message, failure.kind === "signal" || failure.kind === "silence");
      }
    }
    throw new TypeError("Cannot attach without a probe");
  }

  #release(): void {
    this.#unmount?.();
    this.#unmount = null;
  }
}

/** Throws WakeSourceError. */
function findBpftrace(): string {
  if (Deno.uid() !== 0) {
    throw new WakeSourceError("bpftrace needs root", false, "sudo wslfwd --realtime");
  }
  const { path, refusal } = findTrustedProgram("bpftrace");
  if (path !== null) return path;
  if (refusal !== null) throw new WakeSourceError(`bpftrace is not run as root: ${refusal}`, false);
  throw new WakeSourceError("bpftrace is not installed", false, findInstallCommand("bpftrace"));
}

/** The inode that the probe prints for sockets of our own namespace. */
function readNetworkNamespace(): number {
  return Deno.statSync("/proc/self/ns/net").ino ?? 0;
}
