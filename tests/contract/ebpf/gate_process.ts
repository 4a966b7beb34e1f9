/**
 * An {@link EbpfGate} that does what lines of JSON on stdin say, and answers each with one. It closes it at the end of stdin.
 */
import { EbpfGate, type GateOptions } from "../../../src/linux/ebpf/loopback/loopback_gate.ts";
import { SockDiagListeners } from "../../../src/linux/netlink/sock_diag.ts";
import type { GuestAddress } from "../../../src/contracts/address.ts";
import type { GateRefusal } from "../../../src/contracts/loopback_gate.ts";

/** What it is told. */
export interface GateCommand {
  /** The ports to open, each with the cookie of the listener on it that is on loopback now, or with one of an earlier answer. */
  readonly ports: readonly (number | readonly [number, string])[];
  /** The guest's address, and the rest where it is not the usual. */
  /** How often everything is closed and opened again first. Default: not at all. */
  readonly again?: number;
  readonly guest: Pick<GuestAddress, "address"> & Partial<GuestAddress>;
}

/** What it answers. */
export interface GateReply {
  readonly open: readonly number[];
  readonly refusal: GateRefusal | null;
  /** What was asked for, as text. */
  readonly cookies: readonly (readonly [number, string])[];
  readonly checksInterface: boolean | null;
  /** How long it took, in milliseconds. */
  readonly tookMs: number;
  /** Those of bpf(2) alone: the runtime opens and closes some of its own. */
  readonly descriptors: number;
  /** Of this process, in KiB. */
  readonly residentKb: number;
}

function findCookies({ ports }: GateCommand): Map<number, bigint> {
  const source = new SockDiagListeners();
  const listeners = source.snapshot().filter(({ address }) => /^(::ffff:)?127\.|^::1$/.test(address));
  source.close();
  const cookies = new Map(listeners.map(({ port, cookie }) => [port, cookie]));
  return new Map(ports.flatMap((each) => {
    const [port, given] = typeof each === "number" ? [each, null] : each;
    const cookie = given === null ? cookies.get(port) : BigInt(given);
    return cookie === undefined ? [] : [[port, cookie] as const];
  }));
}

function countDescriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`).includes("bpf");
    } catch {
      return false; // That of the listing itself.
    }
  }).length;
}

function carryOut(gate: EbpfGate, command: GateCommand): GateReply {
  const wanted = findCookies(command);
  const guest = { interfaceName: "eth0", gateway: "172.23.16.1", warning: null, ...command.guest };
  for (let i = 0; i < (command.again ?? 0); i++) {
    if (gate.set(wanted, guest).open.size !== wanted.size) throw new Error(`Opening failed after ${i} times`);
    // Every other time at another address, so that the program is replaced, too.
    gate.set(new Map(), i % 2 === 0 ? { ...guest, address: "172.23.30.30" } : guest);
  }
  const startMs = performance.now();
  const { open, refusal } = gate.set(wanted, guest);
  const tookMs = performance.now() - startMs;
  return {
    open: [...open],
    refusal,
    cookies: [...wanted].map(([port, cookie]) => [port, `${cookie}`]),
    checksInterface: gate.checksInterface,
    tookMs,
    descriptors: countDescriptors(),
    residentKb: Math.round(Deno.memoryUsage().rss / 1024),
  };
}

if (import.meta.main) {
  const gate = new EbpfGate(JSON.parse(Deno.args[0] ?? "{}") as GateOptions);
  const print = (value: unknown) =>
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
  print("ready");
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop()!;
    for (const line of lines) print(carryOut(gate, JSON.parse(line)));
  }
  gate.close();
}
