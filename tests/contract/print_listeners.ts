import { compareListeners } from "../../src/net/listener.ts";
import { ProcNetListeners } from "../../src/linux/proc/proc_net.ts";
import { SockDiagListeners } from "../../src/linux/netlink/sock_diag.ts";

// Prints what both sources see in this network namespace: {"netlink": [...], "procfs": [...]}, each sorted. Without the cookies,
// which only one of them tells.
const sources = [new SockDiagListeners(), new ProcNetListeners()];
const seen = sources.map((source) => [source.name, source.snapshot().toSorted(compareListeners)]);
for (const source of sources) source.close();
const text = JSON.stringify(Object.fromEntries(seen), (key, value) => key === "cookie" ? undefined : value);
await Deno.stdout.write(new TextEncoder().encode(text));
