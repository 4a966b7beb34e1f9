import { runCommand } from "../../../src/process/command.ts";
import { startProcess } from "../../../src/process/start_process.ts";
import { type GateLab, GUEST } from "../../../tests/contract/ebpf/gate_lab.ts";

/** Where the service is on 127.0.0.1, and where the same is at the guest's address. */
export const LOOPBACK_PORT = 5173, DIRECT_PORT = 5174;
/** Where the ways that are not wslfwd's lead from. */
const RELAYED_PORT = 5175;

const NFT = "/usr/sbin/nft", TABLE = "wslfwd_bench";
const RELAY = new URL("deno_relay.ts", import.meta.url).pathname;

/** A way to a service that is open. */
export interface OpenWay extends AsyncDisposable {
  /** The port at the guest's address that leads there. */
  readonly port: number;
  /** The process that passes on what comes; null where the kernel does. */
  readonly pid: number | null;
}

/** What is compared. */
export interface Way {
  /** In the table. */
  readonly title: string;
  /** What it is in the comparison. */
  readonly role: "direct" | "wslfwd" | "other";
  /** Opens it for a while, so that no other is there beside it. */
  readonly open: (lab: GateLab) => Promise<OpenWay>;
}

/** All of them. The first needs no help: the service listens at the guest's address. The second is wslfwd's. */
export const WAYS: readonly Way[] = [
  {
    title: "direct",
    role: "direct",
    open: () => Promise.resolve(openWay(DIRECT_PORT, null, async () => {})),
  },
  { title: "wslfwd (sk_lookup)", role: "wslfwd", open: openGate },
  { title: "nftables DNAT", role: "other", open: openDnat },
  { title: "a relay in Deno", role: "other", open: openRelay },
];

function openWay(port: number, pid: number | null, close: () => Promise<void>): OpenWay {
  return { port, pid, [Symbol.asyncDispose]: close };
}

async function openGate(lab: GateLab): Promise<OpenWay> {
  const gate = await lab.gate();
  const { open, refusal } = await gate.set([LOOPBACK_PORT]);
  if (open.length !== 1) throw new Error(`the kernel opens nothing: ${refusal?.message}`);
  return openWay(LOOPBACK_PORT, null, () => gate[Symbol.asyncDispose]());
}

/** With what it needs in the guest besides: packets for 127.0.0.0/8 that come in by a wire are taken. */
async function openDnat(lab: GateLab): Promise<OpenWay> {
  await inGuest(lab, "/usr/sbin/sysctl", "-qw", "net.ipv4.conf.eth0.route_localnet=1");
  const rule =
    `add table ip ${TABLE}; add chain ip ${TABLE} in { type nat hook prerouting priority dstnat; }; ` +
    `add rule ip ${TABLE} in iifname eth0 tcp dport ${RELAYED_PORT} dnat to 127.0.0.1:${LOOPBACK_PORT}`;
  await inGuest(lab, NFT, rule);
  return openWay(RELAYED_PORT, null, () => inGuest(lab, NFT, `delete table ip ${TABLE}`));
}

async function openRelay(lab: GateLab): Promise<OpenWay> {
  const words = [GUEST, `${RELAYED_PORT}`, "127.0.0.1", `${LOOPBACK_PORT}`];
  const [path, ...args] = enterGuest(lab, Deno.execPath(), "run", "-A", RELAY, ...words);
  const ready = Promise.withResolvers<void>();
  const relay = startProcess(path, args, { onLines: () => ready.resolve() });
  await Promise.race([
    ready.promise,
    relay.ended.then(({ stderr }) => Promise.reject(new Error(`the relay does not start: ${stderr}`))),
  ]);
  return openWay(RELAYED_PORT, relay.pid, () => relay.stop());
}

/** The words that run a command in the guest's network. */
export function enterGuest(lab: GateLab, ...argv: readonly string[]): [string, ...string[]] {
  return ["/usr/bin/nsenter", `--net=/proc/${lab.guest.pid}/ns/net`, ...argv];
}

async function inGuest(lab: GateLab, ...words: readonly string[]): Promise<void> {
  const [path, ...args] = enterGuest(lab, ...words);
  const { exitCode, stderr } = await runCommand(path, args, { timeoutMs: 10_000 });
  if (exitCode !== 0) {
    throw new Error(`${words[0]} ended with ${exitCode}: ${new TextDecoder().decode(stderr)}`);
  }
}
