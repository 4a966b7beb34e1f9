import { compareListeners } from "../../src/net/listener.ts";
import { ProcNetListeners } from "../../src/linux/proc/proc_net.ts";
import { SockDiagListeners } from "../../src/linux/netlink/sock_diag.ts";

// Prints what both sources see in this network namespace: {"netlink": [...], "procfs": [...]}, each sorted.
const sources = [new SockDiagListeners(), new ProcNetListeners()];
const seen = sources.map((source) => [source.name, source.snapshot().toSorted(compareListeners)]);
for (const source of sources) source.close();
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(Object.fromEntries(seen))));
