import { deepStrictEqual as equal, match, ok, rejects, throws } from "node:assert/strict";
import { assemble } from "../../../src/linux/ebpf/asm/assembler.ts";
import { openBpfCalls } from "../../../src/ffi/bpf_calls.ts";
import { BpfError, BpfSyscall } from "../../../src/linux/ebpf/sys/bpf_syscall.ts";
import { type BuiltinOptions, BuiltinWake } from "../../../src/linux/ebpf/listen/builtin_wake.ts";
import { exit, load } from "../../../src/linux/ebpf/asm/instructions.ts";
import { Errno } from "../../../src/ffi/libc.ts";
import type { Wake } from "../../../src/contracts/wake.ts";
import { makeBtf, struct } from "../../unit/linux/ebpf/make_btf.ts";
import { lacks } from "../needs.ts";
import type { WatchStart } from "./watch.ts";

const ignore = lacks("root");
const WATCH = new URL("./watch.ts", import.meta.url).pathname;

/** What `watch.ts` says when it is run with fewer rights. */
async function startAs(...prefix: string[]): Promise<WatchStart> {
  const args = [...prefix.slice(1), Deno.execPath(), "run", "-A", WATCH];
  const { stdout } = await new Deno.Command(prefix[0]!, { args, stdin: "null" }).output();
  return JSON.parse(new TextDecoder().decode(stdout).split("\n")[0]!);
}

/**
 * Starts it, and returns what was told until a listener was opened and something closed. (Whose close it was cannot be told:
 * the kernel has taken the port back then.) Other tests listen in this network namespace meanwhile.
 */
async function watchOne(
  options: BuiltinOptions,
): Promise<{ wake: BuiltinWake; wakes: Wake[]; port: number }> {
  const wake = new BuiltinWake(options);
  const wakes: Wake[] = [];
  let look = () => {};
  await wake.start((wake) => {
    wakes.push(wake);
    look();
  }, (reason) => {
    throw reason;
  });
  const told = (isTold: () => boolean) =>
    new Promise<void>((resolve) => look = () => isTold() ? resolve() : undefined);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  // A probe that looks at nothing wakes without a word.
  const isSilent = wake.programType === "bare";
  await told(() => isSilent || wakes.some(({ events }) => events.some((event) => event.port === port)));
  listener.close();
  await told(() => true);
  return { wake, wakes, port };
}

Deno.test("BuiltinWake needs CAP_BPF and CAP_PERFMON, and nothing else of root", { ignore }, async () => {
  const start = await startAs("setpriv", "--inh-caps=-all", "--bounding-set=-all,+bpf,+perfmon");
  ok("programType" in start, JSON.stringify(start));
  equal(start.programType, "tp_btf");
});

Deno.test("BuiltinWake names the capability that is missing", { ignore }, async () => {
  const cases = [["-all", "CAP_BPF and CAP_PERFMON"], ["-all,+bpf", "CAP_PERFMON"], [
    "-all,+perfmon",
    "CAP_BPF",
  ]] as const;
  for (const [bounding, missing] of cases) {
    const start = await startAs("setpriv", "--inh-caps=-all", `--bounding-set=${bounding}`);
    ok("refusal" in start, bounding);
    match(start.refusal, new RegExp(`^The built-in eBPF probe cannot start without ${missing}: .*: EPERM`));
    equal([start.isRetriable, start.remedy], [false, "sudo wslfwd --realtime"]);
  }
});

Deno.test("BuiltinWake says that root of a user namespace is not root", { ignore }, async () => {
  const start = await startAs("unshare", "--user", "--map-root-user");
  ok("refusal" in start);
  match(start.refusal, /: EPERM.*; root of a container or user namespace/);
});

Deno.test("BuiltinWake steps aside on machines that it does not know", async () => {
  await rejects(new BuiltinWake({ architecture: "riscv64" }).start(() => {}, () => {}), {
    name: "WakeSourceError",
    message: "The built-in eBPF probe cannot start: bpf(2) has no known number on riscv64",
    isRetriable: false,
  });
});

Deno.test("BuiltinWake names the step that failed", { ignore }, async () => {
  await rejects(new BuiltinWake({ ringBytes: 1000 }).start(() => {}, () => {}), {
    message: "The built-in eBPF probe cannot start: create the ring buffer (Linux 5.8 and later): EINVAL",
  });
});

Deno.test("BpfSyscall lends the verifier's complaint to the error", { ignore }, () => {
  const calls = openBpfCalls();
  try {
    const program = assemble([load("r6", "u64", "r1", 0), load("r0", "u64", "r6", 0), exit()]);
    const loading = () =>
      new BpfSyscall(calls).loadProgram({
        ...program,
        name: "wrong",
        type: "raw_tracepoint",
        attachTypeId: null,
      });
    throws(loading, (error) => {
      ok(error instanceof BpfError);
      equal([error.call, error.errno], ["load the program", Errno.EACCES]);
      match(error.log, /R6 invalid mem access/);
      return true;
    });
  } finally {
    calls.close();
  }
});

Deno.test(
  "BuiltinWake reads without types where there are none, and tells what is fixed",
  { ignore },
  async () => {
    const { wake, wakes, port } = await watchOne({ btfPath: "/does/not/exist" });
    equal(wake.programType, "raw_tp");
    const event = wakes.flatMap(({ events }) => events).find((event) => event.port === port);
    equal(event, {
      kind: "open",
      inode: 0,
      family: 4,
      address: "127.0.0.1",
      port,
      programName: event?.programName,
    });
    await wake.stop();
  },
);

Deno.test(
  "BuiltinWake falls back where the verifier refuses the types, and remembers why",
  { ignore },
  async () => {
    const path = await Deno.makeTempFile();
    const common = struct("sock_common", { skc_family: 16 * 8 });
    await Deno.writeFile(path, makeBtf([common, { kind: 8, name: "btf_trace_inet_sock_set_state" }]));
    const { wake } = await watchOne({ btfPath: path });
    equal(wake.programType, "raw_tp");
    equal(wake.refusals.length, 1);
    match(wake.refusals[0]!, /^load the program: E/);
    await wake.stop();
    await Deno.remove(path);
  },
);

Deno.test("BuiltinWake wakes without a word where it may not look at anything", { ignore }, async () => {
  const { wake, wakes } = await watchOne({ programTypes: ["bare"] });
  equal(wake.programType, "bare");
  ok(wakes.length > 0);
  equal(wakes.filter(({ reason, events }) => reason !== "listen" || events.length > 0), []);
  await wake.stop();
});
