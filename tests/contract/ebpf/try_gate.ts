/** Tries on the kernel it runs on whether a service on 127.0.0.1 can be opened and closed. */
import { EbpfGate } from "../../../src/linux/ebpf/loopback/loopback_gate.ts";
import { tryConnect } from "../../../src/diagnose/try_connect.ts";
import type { EngineResult } from "./try_engines.ts";

const CONNECT_MS = 5000;
/** Who connects to another loopback address has 127.0.0.1 as its own: Windows and the guest in one machine. */
const GUEST = { address: "127.0.0.3", gateway: "127.0.0.1", interfaceName: "lo", warning: null };
const SOL_SOCKET = 1, SO_COOKIE = 57;

/** `opened`: `full` where the service was reached once it was opened, and not before; `closed`: where it was not reached after that. */
export async function tryGate(findInode: (port: number) => number): Promise<EngineResult> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const isReached = () => tryConnect(GUEST.address, port, CONNECT_MS);
  const gate = new EbpfGate();
  try {
    const before = await isReached();
    const startMs = performance.now();
    const { open, refusal } = gate.set(new Map([[port, readCookie(findInode(port))]]), GUEST);
    const readyMs = Math.round(performance.now() - startMs);
    const opened = !before && await isReached();
    const checksInterface = gate.checksInterface;
    gate.set(new Map(), GUEST);
    const closed = opened && !await isReached();
    return {
      engine: "loopback",
      readyMs: open.has(port) ? readyMs : null,
      opened: opened ? "full" : "nothing",
      closed: closed ? "full" : "nothing",
      isAsExpected: opened && closed,
      remark: refusal?.message ?? (checksInterface ? null : "without a check of the interface"),
    };
  } finally {
    gate.close();
    listener.close();
  }
}

/** Of a socket of this process. Not by sock_diag, which Debian has in a module. */
function readCookie(inode: number): bigint {
  const libc = Deno.dlopen("libc.so.6", {
    getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  });
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    if (tryReadLink(`/proc/self/fd/${name}`) !== `socket:[${inode}]`) continue;
    const value = new BigUint64Array(1);
    libc.symbols.getsockopt(Number(name), SOL_SOCKET, SO_COOKIE, value, new Uint32Array([8]));
    libc.close();
    return value[0]!;
  }
  throw new Error(`This process has no socket ${inode}`);
}

function tryReadLink(path: string): string | null {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return null; // The descriptor of the listing itself.
  }
}
